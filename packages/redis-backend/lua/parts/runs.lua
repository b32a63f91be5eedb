-- Runs, while a script changes them: each is read once and written once, however often it is asked for.
--
-- A verdict is a letter and its JSON: S value, M (a list its members have), F failure, R failure (revoked), I (ignored).
-- Neither a run's id nor a queue's name has line breaks, and a run's id has no dots.
--
-- `marks` are letters: h halted in places, d a chord has dismissed its members, g grown, l has lists, t has a deadline,
-- f forgotten once it is over, k something that failed was kept, u a message was unreadable.

local Run = {}
Run.__index = Run
local runs = {}
local Chords

local function newRun(id)
  local run = setmetatable({
    id = id, key = key('run', id), live = 0, done = 0, failed = 0, marks = '', ears = '', told = {}, chords = {},
    written = { done = 0, failed = 0, marks = '' }, wasLive = false
  }, Run)
  runs[id] = run
  return run
end

function openRun(id)
  local known = runs[id]
  if known ~= nil then return known end
  local f = redis.pcall('HMGET', key('run', id), 'live', 'done', 'failed', 'marks', 'ears')
  if f.err or not tonumber(f[1]) then
    runs[id] = false
    return false
  end
  local run = newRun(id)
  run.live, run.done, run.failed = tonumber(f[1]), tonumber(f[2]) or 0, tonumber(f[3]) or 0
  run.marks, run.ears = f[4] or '', f[5] or ''
  run.written = { live = run.live, done = run.done, failed = run.failed, marks = run.marks }
  run.wasLive = run.live > 0
  return run
end

function Run:has(mark)
  return string.find(self.marks, mark, 1, true) ~= nil
end

function Run:mark(mark)
  if not self:has(mark) then self.marks = self.marks .. mark end
end

function Run:unmark(mark)
  self.marks = string.gsub(self.marks, mark, '')
end

function Run:kept(pos)
  return redis.call('HGET', self.key, 'r:' .. pos)
end

-- A change, for those who listen; '': much has changed.
function Run:tell(change)
  if self.ears ~= '' then self.told[#self.told + 1] = change end
end

-- What errbacks leave behind in a run of which something may be run again: then it goes, and they are called anew.
function Run:noteAside(field)
  if self.isAside then redis.call('SADD', key('aside', self.id), field) end
end

-- The first verdict wins; true if this is it. counts: 0 no task, 1 a task, 2 a task that failed. Of a short verdict of the run's
-- own node all is told, so that who waits for it need not look, unless the run shall be forgotten.
local MOST_TOLD = 500
function Run:store(pos, counts, verdict)
  if redis.call('HSETNX', self.key, 'r:' .. pos, verdict) == 0 then return false end
  self:noteAside('r:' .. pos)
  if counts > 0 then self.done = self.done + 1 end
  if counts > 1 then self.failed = self.failed + 1 end
  local isWhole = pos == '' and #verdict <= MOST_TOLD and not self:has('f')
  self:tell(string.sub(verdict, 1, 1) .. (isWhole and ' ' .. string.sub(verdict, 2) or pos))
  return true
end

function Run:note(pos, note)
  if self:kept(pos) then return end
  redis.call('HSET', self.key, 'n:' .. pos, note)
  self:tell('N' .. pos .. ' ' .. note)
end

function Run:isStopped()
  return self:has('h') or self:has('d')
end

function Run:keepTime(now)
  if self:has('t') then Deadlines.keep(self, now) end
end

function Run:publish(queue, priority, message)
  self.live = self.live + 1
  enqueue(queue, priority, message)
end

-- Nothing is left to do: only results are kept, and what failed with all that was to follow it.
function Run:finish(ttl)
  if self:has('u') then self:store('', 0, redis.call('HGET', self.key, 'lost')) end
  if self:isStopped() then redis.call('SREM', HALTED, self.id) end
  local gone, lasting, passing = self:has('f'), { self.key }, {}
  if self:has('g') then lasting[#lasting + 1] = key('graft', self.id) end
  if self:has('h') then lasting[#lasting + 1] = key('halt', self.id) end
  if self:has('k') then
    for _, at in ipairs(Kept.keysOf(self)) do lasting[#lasting + 1] = at end
  end
  if self:has('l') then
    local with = self:has('k') and lasting or passing
    for _, at in ipairs(Lists.keysOf(self)) do with[#with + 1] = at end
  end
  for _, at in ipairs(lasting) do
    if gone then redis.call('UNLINK', at) else redis.call('PEXPIRE', at, ttl) end
  end
  for _, at in ipairs(passing) do redis.call('UNLINK', at) end
  self:tell('')
end

-- What is nought is written only if it was something before: most runs are over after one task.
local WRITTEN = { 'live', 'done', 'failed', 'marks' }
function Run:write()
  local fields = {}
  for _, name in ipairs(WRITTEN) do
    if self[name] ~= self.written[name] then
      fields[#fields + 1] = name
      fields[#fields + 1] = self[name]
      self.written[name] = self[name]
    end
  end
  if #fields > 0 then redis.call('HSET', self.key, unpack(fields)) end
end

function Run:flush(ttl)
  for _, chord in pairs(self.chords) do
    if chord and chord.isChanged then Chords.flush(chord) end
  end
  local isOver = self.live == 0 and self.wasLive
  if isOver and self:has('t') then Deadlines.drop(self) end
  self:write()
  if isOver then self:finish(ttl) end
  self.wasLive = self.live > 0
  self:tellAll()
end

function Run:tellAll()
  local told = self.told
  self.told = {}
  if #told > 0 then Ears.tell(self, told) end
end

-- Writes all that was changed.
local function flushRuns(ttl)
  for _, run in pairs(runs) do
    if run then run:flush(ttl) end
  end
end
