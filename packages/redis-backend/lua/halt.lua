-- halt: ends places of a run that is not over, where they have no verdict yet.
--
-- ARGV  run  span  verdict
-- reply nothing

local run = openRun(take())
if run and run.live > 0 then
  run:halt(take(), take())
  run.told[#run.told + 1] = '' -- much may have changed
  run:flush(0)
  flushLines()
  wakeSleepers(milliseconds())
end
return ''
