-- forget: keeps nothing of a run, at once if it is over, else as soon as it is.
--
-- ARGV  run
-- reply nothing

local run = openRun(take(), '')
if run then
  redis.call('HSET', run.key, 'forgotten', '1')
  if run.live == 0 then
    run:finish(0)
    if run.watched then redis.call('SPUBLISH', newsChannel(run.id), '') end
  end
end
return ''
