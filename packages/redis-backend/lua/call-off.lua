-- call-off: a portion of what was halted and waits until it is due need not wait any longer.
--
-- ARGV  nothing
-- reply '1' if there is more to be called off

local isMore = callOffMore()
flushLines()
wakeSleepers(milliseconds())
return isMore and '1' or ''
