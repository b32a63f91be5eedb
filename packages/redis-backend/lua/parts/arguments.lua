-- What the scripts share stands in `parts/`; the loader puts all of it in front of each script. KEYS[1] is the partition's
-- prefix, such as "{arpeggio:0}:". Every key hangs on it, so all of them live in one slot. User data is opaque: nothing
-- is ever decoded but the list of arguments.

local P = KEYS[1]
local function key(kind, name) return P .. kind .. ':' .. name end

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

-- What few calls need: a table of functions, made when the first of them is asked for. To make all functions at each call
-- would take longer than to run those that it needs.
local Unmade = {}
function Unmade.__index(part, name)
  setmetatable(part, nil)
  part.make(part)
  return part[name]
end
local function rarely(make)
  return setmetatable({ make = make }, Unmade)
end

local AT_ONCE = 1000 -- arguments of one call
local function inPortions(command, at, items)
  local reply
  for from = 1, #items, AT_ONCE do
    reply = redis.call(command, at, unpack(items, from, math.min(#items, from + AT_ONCE - 1)))
  end
  return reply
end

local function milliseconds()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
