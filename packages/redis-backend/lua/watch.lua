-- watch: from now on somebody hears of a run, so its changes are told.
--
-- ARGV  run
-- reply its deadline (ms), if it has one

local run = openRun(take())
if run and not run:has('w') then
  run:mark('w')
  run:flush(0)
end
local deadline = run and run:deadline()
return deadline and string.format('%d', deadline) or ''
