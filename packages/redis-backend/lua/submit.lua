-- submit: starts runs, each all or nothing. Must not run when the server is full: new work is refused then, and nothing written.
--
-- ARGV  how many runs, and of each: run, attempt, how many fields, the fields of its record (name, value …), lists,
--       how many arguments its wishes have, wishes
-- reply for each run '1' started, '' known. Asked again with the same attempt, because its reply was lost, it answers as it did.

local now = milliseconds()

local function skipLists()
  for _ = 1, takeNumber() do
    cursor = cursor + 2
    local items = takeNumber()
    cursor = cursor + items
  end
end

local function submit()
  local id, attempt = take(), take()
  local record = {}
  for i = 1, takeNumber() * 2 do record[i] = take() end
  local known = redis.call('HGET', runKey(id), 'attempt')
  if known then
    skipLists()
    local length = takeNumber()
    cursor = cursor + length
    return known == attempt and '1' or ''
  end
  redis.call('HSET', runKey(id), 'attempt', attempt, unpack(record))
  local run = newRun(id)
  run:takeLists()
  local length = takeNumber()
  grantUntil(cursor + length, run, '', now)
  return '1'
end

local replies = {}
for i = 1, takeNumber() do replies[i] = submit() end
flushRuns(0)
flushLines()
wakeSleepers(now)
return replies
