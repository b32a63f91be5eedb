-- reopen: a run that is over goes on from what failed, portion by portion. Whoever exchanges goes on with it if the caller cannot.
--
-- ARGV  run  attempt
-- reply { 'reopened', 'underway' or 'unknown', how many calls that failed are sent again so far, '1' if there is more }
-- Asked again with the same attempt it goes on, or answers as it did.

local id, attempt = take(), take()
local run = openRun(id)
if not run then return { 'unknown', 0, '' } end
local calling = id .. '\n' .. REOPENS
if redis.call('HGET', run.key, 'again') ~= attempt then
  if run.live > 0 then return { 'underway', 0, '' } end
  redis.call('HSET', run.key, 'again', attempt, 'again-calls', 0)
  if redis.call('EXISTS', key('kept', id)) == 1 then Reopening.begin(run) end
end
if redis.call('HEXISTS', CALLING, calling) == 1 then Reopening.portion(run, calling) end
flushLines()
wakeSleepers(milliseconds())
local isMore = redis.call('HEXISTS', CALLING, calling) == 1
return { 'reopened', tonumber(redis.call('HGET', run.key, 'again-calls')), isMore and '1' or '' }
