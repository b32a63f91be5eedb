-- keep-time: cancels runs whose deadlines have passed, a portion of them, or one of them if it is named.
--
-- ARGV  run or ''
-- reply when this is to be asked again: a moment, '0' for at once, or ''

local named = take()
local now = milliseconds()
local run = named ~= '' and openRun(named)
if run then run:keepTime(now) end
local isMore = named == '' and Deadlines.keepAll(now)
isMore = callOffMore() or isMore
flushRuns(0)
flushLines()
wakeSleepers(now)
return isMore and '0' or nextDeadline()
