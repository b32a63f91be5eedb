-- note: tells a state that is not the end.
--
-- ARGV  run  position  note
-- reply nothing

local run = openRun(take())
if run then
  run:note(take(), take())
  run:flush(0)
end
return ''
