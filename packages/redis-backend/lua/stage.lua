-- stage: puts a portion of a long list where it waits until what refers to it is granted, or is forgotten.
--
-- ARGV  key  how many items it has  how long it is kept (ms)  items
-- reply how many items it has now. Asked again, because its reply was lost, it answers as it did.

local key, before, ttl = take(), takeNumber(), takeNumber()
if redis.call('LLEN', key) == before then
  for from = cursor + 1, #ARGV, AT_ONCE do
    redis.call('RPUSH', key, unpack(ARGV, from, math.min(#ARGV, from + AT_ONCE - 1)))
  end
  redis.call('PEXPIRE', key, ttl)
end
return redis.call('LLEN', key)
