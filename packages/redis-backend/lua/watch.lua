-- watch: from now on somebody hears of a run, so its changes are told.
--
-- ARGV  run  breadth ('all' changes, or its 'end')
-- reply its deadline (ms), if it has one

local run, breadth = openRun(take()), take()
local mark = breadth == 'all' and 'w' or 'e'
if run and not run:has(mark) then
  run:mark(mark)
  run:flush(0)
end
local deadline = run and run:deadline()
return deadline and string.format('%d', deadline) or ''
