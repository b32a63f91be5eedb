-- What the scripts share stands in `parts/`; the loader puts all of it in front of each script. KEYS[1] is the partition's
-- prefix, such as "{arpeggio:0}:". Every key hangs on it, so all of them live in one slot. User data is opaque: nothing
-- is ever decoded but the list of arguments.

local P = KEYS[1]

-- The arguments, one after another. They travel as one JSON text, which is read faster than many arguments are; in place of
-- a long one stands the number of the argument that it is.
local arguments = cjson.decode(ARGV[1])
local cursor = 0
local function argument(nth)
  local text = arguments[nth]
  return type(text) == 'number' and ARGV[text] or text
end
local function take()
  cursor = cursor + 1
  return argument(cursor)
end
local function takeNumber()
  return tonumber(take())
end

local AT_ONCE = 1000 -- arguments of one call
local function inPortions(command, key, items)
  local reply
  for from = 1, #items, AT_ONCE do
    reply = redis.call(command, key, unpack(items, from, math.min(#items, from + AT_ONCE - 1)))
  end
  return reply
end

local function milliseconds()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
