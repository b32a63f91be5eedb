-- forget: keeps nothing of a run, at once if it is over, else as soon as it is.
--
-- ARGV  run
-- reply nothing

local run = openRun(take())
if run then
  run:mark('f')
  if run.live > 0 then
    run:flush(0)
  else
    run:finish(0)
    run:tellAll()
  end
end
return ''
