-- Chords. Whoever takes the closing seat is told so, each time it asks, until the chord is launched.

local Chord = {}
Chord.__index = Chord

local function isOver(policy, size, good, bad)
  if good + bad >= size then return true end
  if policy == 'f' then return bad > 0 end
  local quorum = tonumber(string.match(policy, '^q(%d+)$'))
  if quorum then return good >= quorum or bad > size - quorum end
  return false
end

function Run:openChord(pos, size, policy, at, aside, seat, record)
  local key = chordKey(self.id, pos)
  if redis.call('HEXISTS', self.key, 'c:' .. pos) == 1 or redis.call('EXISTS', key) == 1 then return end
  redis.call('HSET', key, 'size', size, 'policy', policy, 'at', at, 'aside', aside, 'seat', seat, 'record', record)
  self.chords[pos] = nil
end

-- A chord that is open, or closed but not launched; else false.
function Run:chord(pos)
  local known = self.chords[pos]
  if known ~= nil then return known end
  local key = chordKey(self.id, pos)
  local f = redis.pcall('HMGET', key, 'size', 'policy', 'good', 'bad', 'added', 'closer', 'halt', 'broken')
  local chord = not f.err and tonumber(f[1]) and not f[8] and setmetatable({
    run = self, key = key, size = tonumber(f[1]), policy = f[2] or 'a', good = tonumber(f[3]) or 0, bad = tonumber(f[4]) or 0,
    added = tonumber(f[5]) or 0, closer = f[6], halt = f[7]
  }, Chord)
  self.chords[pos] = chord
  return chord
end

-- One seat more, once for each place.
function Chord:widen(index)
  if self.closer or redis.call('HSETNX', self.key, 'a:' .. index, '1') == 0 then return end
  self.added = self.added + 1
  self.isChanged = true
end

-- Whoever comes after it has closed changes nothing, but has his seat if it failed and is opened again.
local function joinLate(key, index, isGood, verdict)
  if redis.call('HEXISTS', key, 's:' .. index) == 1 then return end
  if redis.call('HSETNX', key, 'l:' .. index, (isGood and '1' or '0') .. verdict) == 0 then return end
  redis.call('HSET', key, 'late', (redis.call('HGET', key, 'late') or '') .. ' ' .. index)
end

-- True for the seat that closes it.
function Chord:join(index, isGood, verdict)
  if self.closer then
    joinLate(self.key, index, isGood, verdict)
    return self.closer == index
  end
  if redis.call('HSETNX', self.key, 's:' .. index, verdict) == 1 then
    if isGood then self.good = self.good + 1 else self.bad = self.bad + 1 end
    self.isChanged = true
  end
  if not isOver(self.policy, self.size + self.added, self.good, self.bad) then return false end
  local f = self.run:isStopped() and redis.call('HMGET', self.key, 'at', 'aside', 'seat')
  self.isChanged = true
  self.halt = f and self.run:stopOf(f[2] == '1' and 'a' or 'c', f[1], f[3]) or ''
  self.closer = index
  return true
end

-- What whoever closes it is told.
function Chord:told(pos)
  local isFull = self.good + self.bad >= self.size + self.added
  return { 'C', redis.call('HGET', self.key, 'record') or '', self.size, isFull and '1' or '', self.halt, pos, self.added }
end

function Chord:flush()
  redis.call('HSET', self.key, 'good', self.good, 'bad', self.bad, 'added', self.added)
  if self.closer then redis.call('HSET', self.key, 'closer', self.closer, 'halt', self.halt) end
end

-- Done with it. Who sits in it still ends as dismissed, if that is given; its seats are kept if it has failed.
function Run:launch(pos, dismissed, broken)
  if broken == '' then
    redis.call('UNLINK', chordKey(self.id, pos))
  else
    self:breakChord(pos, broken)
  end
  self:noteAside('c:' .. pos)
  redis.call('HSET', self.key, 'c:' .. pos, dismissed == '' and '1' or dismissed)
  self.chords[pos] = false
  if dismissed ~= '' then self:callOff('d', 'd') end
end

-- A seat in a chord that is launched: it counts if that failed, once it is opened again.
function Run:joinLaunched(pos, index, isGood, verdict)
  local key = chordKey(self.id, pos)
  if self:has('k') and redis.call('HEXISTS', key, 'broken') == 1 then joinLate(key, index, isGood, verdict) end
end
