-- note: tells a state that is not the end.
--
-- ARGV  run  position  note  change
-- reply nothing

local run = openRun(take(), ARGV[2])
take()
if run then
  run:note(run.pos, take(), take())
  run:close(0)
end
return ''
