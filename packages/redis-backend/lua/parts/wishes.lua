-- Wishes, each a letter and its arguments. Seats, and what they close, are taken before all others by who asks for them.

local function takeLists(run)
  local count = takeNumber()
  if count > 0 then Lists.take(run, count) end
end

local RareWish = rarely(function(RareWish)
  function RareWish.N(run) run:note(take(), take()) end
  function RareWish.D(run, now)
    local queue, priority, countdown, eta, message = take(), take(), takeNumber(), takeNumber(), take()
    local due = math.max(now + countdown, eta)
    if due <= now or (run:isStopped() and Halts.stopOfMessage(message)) then return run:publish(queue, priority, message) end
    run.live = run.live + 1
    Delayed.add(run.id, queue, due, message)
  end
  function RareWish.G(run)
    local under, graft, calls = take(), take(), take()
    run:mark('g')
    redis.call('HSET', key('graft', run.id), under, graft)
    redis.call('HSET', run.key, 'g:' .. under, '1')
    run:noteAside('g:' .. under)
    redis.call('HSETNX', run.key, 'total', '1')
    redis.call('HINCRBY', run.key, 'total', calls)
    takeLists(run)
  end
  function RareWish.T(run) Lists.takeBody(run, take(), take()) end
  function RareWish.K(run) Kept.add(run, take(), take(), take()) end
  function RareWish.B(_, now) redis.call('HSET', DEAD, take(), string.format('%d', now) .. '\n' .. take()) end
end)

local function grant(wish, run, own, now)
  if wish == 'P' then return run:publish(take(), take(), take()) end
  if wish == 'V' then return run:store(own, takeNumber(), take()) end
  if wish == 'S' then return run:store(take(), takeNumber(), take()) end
  if wish == 'O' then return Chords.open(run, take(), take(), take(), take(), take(), take(), take()) end
  return RareWish[wish](run, now)
end

-- All up to an argument; `own` is the position of the message whose end they are.
local function grantUntil(stop, run, own, now)
  while cursor < stop do grant(take(), run, own, now) end
end

-- Whether all that was put on the stage for some wishes is there still. A server that has failed over may have the beginning of a
-- list only.
local function isStaged()
  local areWhole = true
  for _ = 1, takeNumber() do
    local staged, length = take(), takeNumber()
    areWhole = redis.call('LLEN', staged) == length and areWhole
  end
  return areWhole
end
