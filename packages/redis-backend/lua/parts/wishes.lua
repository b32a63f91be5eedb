-- Wishes, each a letter and its arguments. Seats, and what they close, are taken before all others by who asks for them.

local GRANT = {
  V = function(run, own) run:store(own, takeNumber(), take()) end,
  S = function(run) run:store(take(), takeNumber(), take()) end,
  N = function(run) run:note(take(), take()) end,
  O = function(run) run:openChord(take(), take(), take(), take(), take(), take(), take()) end,
  P = function(run) run:publish(take(), take(), take()) end,
  D = function(run, _, now) run:publishLater(now, take(), take(), takeNumber(), takeNumber(), take()) end,
  G = function(run)
    run:graft(take(), take(), take())
    run:takeLists()
  end,
  T = function(run) run:takeBody(take(), take()) end,
  K = function(run) run:keep(take(), take(), take()) end,
  B = function(_, _, now) redis.call('HSET', DEAD, take(), string.format('%d', now) .. '\n' .. take()) end
}

-- All up to an argument; `own` is the position of the message whose end they are.
local function grantUntil(stop, run, own, now)
  while cursor < stop do GRANT[take()](run, own, now) end
end

-- Whether all that was put on the stage for some wishes is there still.
local function isStaged()
  local keys = {}
  for i = 1, takeNumber() do keys[i] = take() end
  return #keys == 0 or redis.call('EXISTS', unpack(keys)) == #keys
end
