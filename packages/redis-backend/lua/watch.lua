-- watch: from now on somebody hears of some runs, so their changes are told.
--
-- ARGV  his name  how many runs, and of each: run, what he hears (a: all changes, e: its end, -: nothing any more)
-- reply of each its deadline (ms), or ''

local ear, deadlines = take(), {}
for i = 1, takeNumber() do
  local run, breadth = openRun(take()), take()
  if run then Ears.let(run, ear, breadth) end
  local deadline = run and run:has('t') and Deadlines.of(run)
  deadlines[i] = deadline and string.format('%d', deadline) or ''
end
return deadlines
