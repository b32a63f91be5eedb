-- submit: starts runs, each all or nothing. Must not run when the server is full: new work is refused then, and nothing written.
--
-- ARGV  how many runs, and of each: run, attempt, how many arguments follow for it, how many lists on the stage it needs,
--       the key and the length of each, its deadline (ms) or '', how many fields, the fields of its record (name, value …), lists, wishes
-- reply for each run '1' started · '' known · 'S' the stage has lost something, fill it again. Asked again with the same
--       attempt, because its reply was lost, it answers as it did.

local now = milliseconds()

local function submit(id, attempt, stop)
  local known = redis.call('HGET', key('run', id), 'attempt')
  if known then
    redis.call('HSET', key('run', id), 'attempt', known) -- who waits for replicas waits from the last write of his connection on
    return known == attempt and '1' or ''
  end
  if not isStaged() then return 'S' end
  local deadline, record = take(), {}
  for i = 1, takeNumber() * 2 do record[i] = take() end
  redis.call('HSET', key('run', id), 'attempt', attempt, unpack(record))
  local run = newRun(id)
  if deadline ~= '' then Deadlines.set(run, deadline) end
  takeLists(run)
  grantUntil(stop, run, '', now)
  return '1'
end

local replies = {}
for i = 1, takeNumber() do
  local id, attempt, length = take(), take(), takeNumber()
  local stop = cursor + length
  replies[i] = submit(id, attempt, stop)
  cursor = stop
end
flushRuns(0)
flushLines()
wakeSleepers(now)
return replies
