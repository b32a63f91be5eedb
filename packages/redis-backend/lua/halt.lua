-- halt: ends places of a run that is not over, where they have no verdict yet.
--
-- ARGV  run  how many spans, the spans, verdict, what is told to those who run some of it
-- reply nothing

local run = openRun(take(), '')
local wish = READERS.H()
if run and run.live > 0 then
  run:halt(wish.spans, wish.verdict, wish.told)
  run.told[#run.told + 1] = '' -- much may have changed
  run:close(0)
  wakeSleepers(milliseconds())
end
return ''
