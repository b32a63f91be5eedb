-- watch: from now on somebody hears of a run, so its changes are told.
--
-- ARGV  run
-- reply nothing

local run = openRun(take())
if run and not run:has('w') then
  run:mark('w')
  run:flush(0)
end
return ''
