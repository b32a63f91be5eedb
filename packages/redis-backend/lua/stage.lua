-- stage: puts a portion of a long list where it waits until what refers to it is granted, or is forgotten.
--
-- ARGV  key  how many items it has  how long it is kept (ms)  items
-- reply how many items it has now. Asked again, because its reply was lost, it answers as it did.

local key, before, ttl = take(), takeNumber(), takeNumber()
if redis.call('LLEN', key) == before then
  local items = {}
  for nth = cursor + 1, #arguments do items[#items + 1] = argument(nth) end
  inPortions('RPUSH', key, items)
  redis.call('PEXPIRE', key, ttl)
end
return redis.call('LLEN', key)
