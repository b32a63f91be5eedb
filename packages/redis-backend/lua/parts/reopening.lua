-- Runs that go on from what failed. What failed is kept under its name: how many calls it stands for, the end of its line ("-",
-- or "=" and a position), its seat in the same form, which seat it is, each in a line; and the message. A chord that failed is
-- marked as broken, and keeps its seats. There may be much of it, so all is undone in portions, and then sent in portions.

local function againKey(run) return P .. 'again:' .. run end
local AGAIN = '^(%d+)\n([^\n]*)\n([^\n]*)\n([^\n]*)\n(.*)$'

-- As it was kept first.
function Run:keep(name, head, message)
  self:mark('k')
  redis.call('HSETNX', keptKey(self.id), name, head .. '\n' .. message)
  local body = bodyOf(message)
  if body then self:nameLists({ body }) end
end

function Run:breakChord(pos, broken)
  self:mark('k')
  redis.call('HSET', chordKey(self.id, pos), 'broken', broken)
  redis.call('SADD', brokenKey(self.id), pos)
end

local function isFailure(verdict)
  local letter = string.sub(verdict or '', 1, 1)
  return letter == 'F' or letter == 'R'
end

-- A failure that was kept for a position is dropped; true if there was one.
function Run:dropFailure(pos)
  if not isFailure(self:kept(pos)) then return false end
  redis.call('HDEL', self.key, 'r:' .. pos, 'n:' .. pos)
  return true
end

function Run:dropEnd(stop)
  if stop ~= '-' then self:dropFailure(string.sub(stop, 2)) end
end

-- Somebody comes again for a seat: it is free if it holds a failure.
function Run:freeSeat(key, index)
  local verdict = redis.call('HGET', key, 's:' .. index)
  if verdict and string.sub(verdict, 1, 1) == '@' then verdict = self:kept(string.sub(verdict, 2)) end
  if not isFailure(verdict) then return end
  redis.call('HDEL', key, 's:' .. index)
  redis.call('HINCRBY', key, 'bad', -1)
end

-- Nobody has closed it, and who came too late came in time.
local function openAgain(key)
  for index in string.gmatch(redis.call('HGET', key, 'late') or '', '%S+') do
    local late = redis.call('HGET', key, 'l:' .. index)
    redis.call('HSET', key, 's:' .. index, string.sub(late, 2))
    redis.call('HINCRBY', key, string.sub(late, 1, 1) == '1' and 'good' or 'bad', 1)
    redis.call('HDEL', key, 'l:' .. index)
  end
  redis.call('HDEL', key, 'closer', 'halt', 'late')
end

-- Chords that failed are open again, outwards, as far as they failed.
function Run:leave(seat, index)
  for _ = 1, MOST_NESTED do
    if seat == '-' then return end
    local pos = string.sub(seat, 2)
    local key = chordKey(self.id, pos)
    local broken = redis.call('HGET', key, 'broken')
    if not broken then return end
    local isFirst = redis.call('HDEL', self.key, 'c:' .. pos) == 1
    if isFirst then openAgain(key) end
    self:freeSeat(key, index)
    if not isFirst then return end -- another of its members has opened what is around it
    local stop
    stop, seat, index = string.match(broken, '^([^\n]*)\n([^\n]*)\n(.*)$')
    self:dropFailure(pos)
    self:dropEnd(stop)
  end
end

-- Gives how many calls that failed are to be sent again.
function Run:undo(kept)
  local calls, stop, seat, index, message = string.match(kept, AGAIN)
  local head = headOf(message)
  if head.kind == 's' then
    local first, behind = string.match(index, '^(%d+):(%d+)$')
    if not first then self:dropFailure(head.pos) end
    for nth = tonumber(first or 0), tonumber(behind or 0) - 1 do self:leave(seat, string.format('%d', nth)) end
    return tonumber(calls)
  end
  self:leave(seat, index)
  self:dropEnd(stop)
  if not self:kept(head.pos) then self.done = self.done - 1 end -- it is no task of the run, but will count as one
  if not self:dropFailure(head.pos) then return 0 end
  self.done = self.done - 1
  self.failed = self.failed - 1
  return tonumber(calls)
end

function Run:forgetAside(field)
  local pos = string.sub(field, 3)
  redis.call('HDEL', self.key, field, 'n:' .. pos)
  if string.sub(field, 1, 2) == 'g:' then redis.call('HDEL', graftKey(self.id), pos) end
end

-- It is under way as long as this goes on: one that is never sent counts as live.
function Run:reopen()
  for _, key in ipairs({ self.key, graftKey(self.id) }) do redis.call('PERSIST', key) end
  for _, key in ipairs(self:keptKeys()) do redis.call('PERSIST', key) end
  for _, key in ipairs(self:listKeys()) do redis.call('PERSIST', key) end
  redis.call('UNLINK', haltKey(self.id))
  self:unmark('h')
  self:unmark('d')
  redis.call('RENAME', keptKey(self.id), againKey(self.id))
  self.live = 1
  redis.call('HSET', CALLING, self.id .. '\n' .. REOPENS, 'aside')
end

-- First errbacks are forgotten, then what failed is undone, then broken chords are whole, then messages are sent. Each does a
-- portion, and gives what is to be done next.
local STEPS = {}
function STEPS.aside(run)
  local fields = redis.call('SPOP', asideKey(run.id), PORTION)
  for _, field in ipairs(fields) do run:forgetAside(field) end
  return #fields == 0 and 'undo 0' or 'aside'
end

function STEPS.undo(run, from)
  local found = redis.call('HSCAN', againKey(run.id), from, 'COUNT', PORTION)
  local calls = 0
  for i = 2, #found[2], 2 do calls = calls + run:undo(found[2][i]) end
  redis.call('HINCRBY', run.key, 'again-calls', calls)
  return found[1] == '0' and 'whole 0' or 'undo ' .. found[1]
end

function STEPS.whole(run, from)
  local found = redis.call('SSCAN', brokenKey(run.id), from, 'COUNT', PORTION)
  for _, pos in ipairs(found[2]) do
    if redis.call('HEXISTS', run.key, 'c:' .. pos) == 0 then
      redis.call('HDEL', chordKey(run.id, pos), 'broken')
      redis.call('SREM', brokenKey(run.id), pos)
    end
  end
  return found[1] == '0' and 'send' or 'whole ' .. found[1]
end

function STEPS.send(run)
  local found = redis.call('HSCAN', againKey(run.id), '0', 'COUNT', PORTION)[2]
  for i = 1, #found, 2 do
    local _, _, _, _, message = string.match(found[i + 1], AGAIN)
    local head = headOf(message)
    run:publish(head.queue, head.priority, message)
    redis.call('HDEL', againKey(run.id), found[i])
  end
  return redis.call('EXISTS', againKey(run.id)) == 1 and 'send' or nil
end

function Run:reopenPortion(calling)
  local step, from = string.match(redis.call('HGET', CALLING, calling), '^(%a+) ?(.*)$')
  local following = STEPS[step](self, from)
  if following then
    redis.call('HSET', CALLING, calling, following)
  else
    redis.call('HDEL', CALLING, calling)
    self.live = self.live - 1
    self.told[#self.told + 1] = '' -- much has changed
  end
  self:flush(0)
end
