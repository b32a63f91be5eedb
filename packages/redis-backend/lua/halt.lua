-- halt: ends places of a run that is not over, where they have no verdict yet.
--
-- ARGV  run  halt
-- reply '1' if there is more to be called off

local run = openRun(take())
if run and run.live > 0 then
  run:keepTime(milliseconds())
  Halts.add(run, take())
  run:tell('') -- much may have changed
  run:flush(0)
  flushLines()
  wakeSleepers(milliseconds())
  return redis.call('HLEN', CALLING) > 0 and '1' or ''
end
return ''
