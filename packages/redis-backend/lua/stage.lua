-- stage: puts a portion of a long list where it waits until what refers to it is granted, or is forgotten.
--
-- ARGV  key  how many items it has  how long it is kept (ms)  items
-- reply how many items it has now. Asked again, because its reply was lost, it answers as it did.

local staged, before, ttl = take(), takeNumber(), takeNumber()
if redis.call('LLEN', staged) == before then
  local items = {}
  for nth = cursor + 1, #arguments do items[#items + 1] = argument(nth) end
  inPortions('RPUSH', staged, items)
  redis.call('PEXPIRE', staged, ttl)
end
return redis.call('LLEN', staged)
