-- submit: starts runs, each all or nothing. Must not run when the server is full: new work is refused then, and nothing written.
--
-- ARGV  how many runs, and of each: run, attempt, how many fields, the fields of its record (name, value …), lists, wishes
-- reply for each run '1' started, '' known. Asked again with the same attempt, because its reply was lost, it answers as it did.

local now = milliseconds()

local function submit()
  local id, attempt = take(), take()
  local record = {}
  for i = 1, takeNumber() * 2 do record[i] = take() end
  local lists = takeLists()
  local wishes = takeWishes()
  local known = redis.call('HGET', runKey(id), 'attempt')
  if known then return known == attempt and '1' or '' end
  redis.call('HSET', runKey(id), 'attempt', attempt, 'live', 0, 'done', 0, 'failed', 0, unpack(record))
  local run = openRun(id, '')
  run:addLists(lists)
  for _, wish in ipairs(wishes) do run:grant(now, wish) end
  run:close(0)
  return '1'
end

local replies = {}
for i = 1, takeNumber() do replies[i] = submit() end
wakeSleepers(now)
return replies
