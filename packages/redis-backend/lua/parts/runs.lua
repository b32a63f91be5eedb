-- Runs, while a script changes them: each is read once and written once, however often it is asked for.
--
-- A verdict is a letter and its JSON: S value, M (a list its members have), F failure, R failure (revoked), I (ignored).
-- Neither a run's id nor a queue's name has line breaks, and a run's id has no dots.
--
-- `marks` are letters: h halted in places, d a chord has dismissed its members, g grown, l has lists, t has a deadline,
-- f forgotten once it is over, k something that failed was kept, u a message was unreadable. `ears` names those who are told
-- of it, each behind a letter (a all changes, e its end) and in front of a space.

local function runKey(run) return P .. 'run:' .. run end
local function chordKey(run, pos) return P .. 'chord:' .. run .. '.' .. pos end
local function listKey(run, name) return P .. 'list:' .. run .. '.' .. name end
local function graftKey(run) return P .. 'graft:' .. run end
local function haltKey(run) return P .. 'halt:' .. run end
local function newsChannel(ear) return P .. 'news:' .. ear end
local DEAD = P .. 'dead'
local UNREADABLE = '!' -- and why, in the rest of the line
local function buryUnreadable(id, now, why, message)
  redis.call('HSET', DEAD, id, string.format('%d', now) .. '\n' .. UNREADABLE .. string.gsub(why, '\n', ' ') .. '\n' .. message)
end
function buryDelayed(member, message)
  buryUnreadable('delayed ' .. redis.sha1hex(member), milliseconds(), '', message)
end
local function keptKey(run) return P .. 'kept:' .. run end
local function brokenKey(run) return P .. 'broken:' .. run end
local function asideKey(run) return P .. 'aside:' .. run end
local HALTED = P .. 'halted' -- the runs under way that have halts or dismissals
local HALTS = P .. 'halts' -- the channel on which they are told
local DEADLINES = P .. 'deadlines' -- of the runs under way that have one

local Run = {}
Run.__index = Run
local runs = {}

local function newRun(id)
  local run = setmetatable({
    id = id, key = runKey(id), live = 0, done = 0, failed = 0, marks = '', ears = '', wasLive = false, told = {}, chords = {}
  }, Run)
  runs[id] = run
  return run
end

local function openRun(id)
  local known = runs[id]
  if known ~= nil then return known end
  local f = redis.pcall('HMGET', runKey(id), 'live', 'done', 'failed', 'marks', 'ears')
  if f.err or not tonumber(f[1]) then
    runs[id] = false
    return false
  end
  local run = newRun(id)
  run.live, run.done, run.failed, run.marks = tonumber(f[1]), tonumber(f[2]) or 0, tonumber(f[3]) or 0, f[4] or ''
  run.ears = f[5] or ''
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

-- What errbacks leave behind in a run of which something may be run again: then it goes, and they are called anew.
function Run:noteAside(field)
  if self.isAside then redis.call('SADD', asideKey(self.id), field) end
end

-- What is told of a verdict: of a short one of the run's own node all of it, so that who waits for that needs not look.
local MOST_TOLD = 500
local function ending(pos, verdict)
  local letter = string.sub(verdict, 1, 1)
  if pos == '' and #verdict <= MOST_TOLD then return letter .. ' ' .. string.sub(verdict, 2) end
  return letter .. pos
end

-- The first verdict wins; true if this is it. counts: 0 no task, 1 a task, 2 a task that failed.
function Run:store(pos, counts, verdict)
  if redis.call('HSETNX', self.key, 'r:' .. pos, verdict) == 0 then return false end
  self:noteAside('r:' .. pos)
  if counts > 0 then self.done = self.done + 1 end
  if counts > 1 then self.failed = self.failed + 1 end
  self.told[#self.told + 1] = ending(pos, verdict)
  return true
end

function Run:note(pos, note)
  if self:kept(pos) then return end
  redis.call('HSET', self.key, 'n:' .. pos, note)
  self.told[#self.told + 1] = 'N' .. pos .. ' ' .. note
end

-- A halt is a text of five lines: what stands in front of the number, the first, the end, the id it takes, the verdict. The
-- first halt of a place counts.
local haltsByRun = {}
local function haltsOf(run)
  local halts = haltsByRun[run]
  if halts then return halts end
  halts = {}
  for i, halt in ipairs(redis.call('LRANGE', haltKey(run), 0, -1)) do
    local lead, first, finish, _, verdict = string.match(halt, '^([^\n]*)\n(%d+)\n(%d+)\n([^\n]*)\n(.*)$')
    halts[i] = { lead = lead or '', first = tonumber(first or 0), finish = tonumber(finish or 0), verdict = verdict }
  end
  haltsByRun[run] = halts
  return halts
end

local function covers(halt, place)
  if string.sub(place, 1, #halt.lead) ~= halt.lead then return false end
  local number = tonumber(string.match(place, '^%d+', #halt.lead + 1))
  return number and number >= halt.first and number < halt.finish
end

local function haltAt(run, place)
  for _, halt in ipairs(haltsOf(run)) do
    if covers(halt, place) then return halt.verdict end
  end
  return nil
end

local MOST_NESTED = 100000 -- chords in one another: what is a circle ends, too

-- A chord that is not over yet may sit in one that is.
local function dismissedAt(run, seat)
  for _ = 1, MOST_NESTED do
    if seat == '-' then break end
    local pos = string.sub(seat, 2)
    local launched = redis.call('HGET', runKey(run), 'c:' .. pos)
    if launched then return launched ~= '1' and launched or nil end
    seat = redis.call('HGET', chordKey(run, pos), 'seat') or '-'
  end
  return nil
end

-- The verdict with which something ends that was halted or dismissed.
local function stopOf(run, kind, at, seat)
  if kind == 's' then return nil end
  return kind == 'c' and haltAt(run, at) or dismissedAt(run, seat)
end

function Run:isStopped()
  return self:has('h') or self:has('d')
end

function Run:stopOf(kind, at, seat)
  if not self:isStopped() then return nil end
  return stopOf(self.id, kind, at, seat)
end

function Run:stops(message)
  if not self:isStopped() then return nil end
  local head = headIn(message)
  return stopOf(self.id, head.kind, head.at, head.seat)
end

-- What is stopped does not wait until it is due. There may be much of it, so it is called off in portions: `calling` says
-- which halt of which run is at work, and how far. `what` is the number of a halt, or d for those who were dismissed.
local CALLING = P .. 'calling'
local REOPENS = 'r' -- stands for what is reopened, in portions as well
local PORTION = 200
local function isCalledOff(run, what, head)
  if what == 'd' then return stopOf(run, head.kind, head.at, head.seat) end
  return head.kind == 'c' and covers(haltsOf(run)[tonumber(what)], head.at)
end

local function callOffPortion(calling)
  local run, what = string.match(calling, '^(.*)\n(%w+)$')
  if what == REOPENS then return openRun(run):reopenPortion(calling) end
  local found = redis.call('SSCAN', dueKey(run), redis.call('HGET', CALLING, calling), 'COUNT', PORTION)
  for _, member in ipairs(found[2]) do
    if isCalledOff(run, what, headIn(delayedMessage(member))) then enqueueDelayed(member) end
  end
  if found[1] == '0' then redis.call('HDEL', CALLING, calling) else redis.call('HSET', CALLING, calling, found[1]) end
end

-- A portion of whatever is being called off; true if there is more.
local function callOffMore()
  local calling = redis.call('HRANDFIELD', CALLING)
  if not calling then return false end
  callOffPortion(calling)
  return redis.call('HLEN', CALLING) > 0
end

-- Who runs what is stopped is told.
function Run:callOff(mark, what)
  self:mark(mark)
  redis.call('SADD', HALTED, self.id)
  local calling = self.id .. '\n' .. what
  redis.call('HSET', CALLING, calling, '0')
  callOffPortion(calling)
  redis.call('SPUBLISH', HALTS, self.id)
end

function Run:halt(halt)
  local count = redis.call('RPUSH', haltKey(self.id), halt)
  haltsByRun[self.id] = nil
  self:callOff('h', string.format('%d', count))
end

-- A deadline is a halt, in the same form, that comes at a moment.
function Run:setDeadline(moment)
  self:mark('t')
  redis.call('ZADD', DEADLINES, moment, self.id)
end

function Run:deadline()
  return self:has('t') and tonumber(redis.call('ZSCORE', DEADLINES, self.id) or nil)
end

function Run:dropDeadline()
  self:unmark('t')
  redis.call('ZREM', DEADLINES, self.id)
end

-- A run whose deadline has passed is halted before anything else is done with it; true if that is now.
function Run:keepTime(now)
  local moment = self:deadline()
  if not moment or moment > now then return false end
  self:dropDeadline()
  self:halt(redis.call('HGET', self.key, 'deadline'))
  self.told[#self.told + 1] = ''
  return true
end

local function nextDeadline()
  return redis.call('ZRANGE', DEADLINES, 0, 0, 'WITHSCORES')[2] or ''
end

-- A portion of those whose deadlines have passed; true if there may be more.
local MOST_OVERDUE = 20
local function keepTimes(now)
  local overdue = redis.call('ZRANGE', DEADLINES, '-inf', now, 'BYSCORE', 'LIMIT', 0, MOST_OVERDUE)
  for _, id in ipairs(overdue) do
    local run = openRun(id)
    if run then run:keepTime(now) else redis.call('ZREM', DEADLINES, id) end
  end
  return #overdue == MOST_OVERDUE
end

function Run:publish(queue, priority, message)
  self.live = self.live + 1
  enqueue(queue, priority, message)
end

function Run:publishLater(now, queue, priority, countdown, eta, message)
  self.live = self.live + 1
  local due = math.max(now + countdown, eta)
  if due <= now or self:stops(message) then return enqueue(queue, priority, message) end
  delay(self.id, queue, due, message)
end

-- What was put on the stage by the client before; it has been looked whether all of it is there.
local function takeFromStage(staged, key)
  redis.call('RENAME', staged, key)
  redis.call('PERSIST', key)
end

-- They are dropped, or expire, with the run.
function Run:nameLists(names)
  self:mark('l')
  local before = redis.call('HGET', self.key, 'lists') or ''
  redis.call('HSET', self.key, 'lists', before .. '\n' .. table.concat(names, '\n'))
end

-- Lists come along, or are on the stage.
function Run:takeLists()
  local count = takeNumber()
  if count == 0 then return end
  local names = {}
  for _ = 1, count do
    local name, staged, items = take(), take(), {}
    for n = 1, takeNumber() do items[n] = take() end
    local key = listKey(self.id, name)
    if staged ~= '' then takeFromStage(staged, key) end
    inPortions('RPUSH', key, items)
    names[#names + 1] = name
  end
  self:nameLists(names)
end

-- The body of a long message is kept until that is acknowledged.
function Run:takeBody(name, staged)
  takeFromStage(staged, listKey(self.id, name))
end

local function dropBody(message)
  local name = bodyOf(message)
  if name then redis.call('UNLINK', listKey(headOf(message).run, name)) end
end

function Run:graft(under, graft, calls)
  self:mark('g')
  redis.call('HSET', graftKey(self.id), under, graft)
  redis.call('HSET', self.key, 'g:' .. under, '1')
  self:noteAside('g:' .. under)
  redis.call('HINCRBY', self.key, 'total', calls)
end

-- All keys that live as long as its results, if something failed.
function Run:keptKeys()
  if not self:has('k') then return {} end
  local keys = { keptKey(self.id), brokenKey(self.id), asideKey(self.id) }
  for _, pos in ipairs(redis.call('SMEMBERS', brokenKey(self.id))) do keys[#keys + 1] = chordKey(self.id, pos) end
  return keys
end

function Run:listKeys()
  local keys = {}
  if self:has('l') then
    for name in string.gmatch(redis.call('HGET', self.key, 'lists'), '[^\n]+') do keys[#keys + 1] = listKey(self.id, name) end
  end
  return keys
end

-- What was to follow from a message that cannot be read is known to nobody: so the run ends as it did, unless it has an end of
-- its own by then; and chords that waited for it are not kept for ever.
function Run:lose(verdict, seat)
  self:mark('u')
  redis.call('HSETNX', self.key, 'lost', verdict)
  for _ = 1, MOST_NESTED do
    if seat == '-' then break end
    self:mark('k')
    local pos = string.sub(seat, 2)
    if redis.call('SADD', brokenKey(self.id), pos) == 0 then break end
    seat = redis.call('HGET', chordKey(self.id, pos), 'seat') or '-'
  end
end

-- Nothing is left to do: only results are kept, and what failed with all that was to follow it.
function Run:finish(ttl)
  if self:has('u') then self:store('', 0, redis.call('HGET', self.key, 'lost')) end
  if self:isStopped() then redis.call('SREM', HALTED, self.id) end
  local gone = self:has('f')
  for _, key in ipairs(self:listKeys()) do
    if gone or not self:has('k') then redis.call('UNLINK', key) else redis.call('PEXPIRE', key, ttl) end
  end
  for _, key in ipairs(self:keptKeys()) do
    if gone then redis.call('UNLINK', key) else redis.call('PEXPIRE', key, ttl) end
  end
  for _, key in ipairs({ self.key, self:has('g') and graftKey(self.id), self:has('h') and haltKey(self.id) }) do
    if key and gone then redis.call('UNLINK', key) end
    if key and not gone then redis.call('PEXPIRE', key, ttl) end
  end
  self.told[#self.told + 1] = ''
end

-- Of its own node, which has no position, or of no node: much has changed.
local function isOfEnd(change)
  return #change < 2 or string.sub(change, 2, 2) == ' '
end

-- Somebody is told so much of it; whatever he was told before.
function Run:letHear(ear, breadth)
  local start, stop = string.find(self.ears, ear .. ' ', 1, true)
  if start then self.ears = string.sub(self.ears, 1, start - 2) .. string.sub(self.ears, stop + 1) end
  if breadth ~= '-' then self.ears = self.ears .. breadth .. ear .. ' ' end
  redis.call('HSET', self.key, 'ears', self.ears)
end

-- Who is not there any more is not told again. If he comes back, he says so.
function Run:tell()
  local told, ends = self.told, {}
  self.told = {}
  if #told == 0 or self.ears == '' then return end
  for _, change in ipairs(told) do
    if isOfEnd(change) then ends[#ends + 1] = change end
  end
  for breadth, ear in string.gmatch(self.ears, '([ae])(%S+) ') do
    local changes = breadth == 'a' and told or ends
    local hearers = #changes > 0 and redis.call('SPUBLISH', newsChannel(ear), self.id .. '\n' .. table.concat(changes, '\n'))
    if hearers == 0 and self.live > 0 then self:letHear(ear, '-') end
  end
end

function Run:flush(ttl)
  for _, chord in pairs(self.chords) do
    if chord and chord.isChanged then chord:flush() end
  end
  local isOver = self.live == 0 and self.wasLive
  if isOver and self:has('t') then self:dropDeadline() end
  redis.call('HSET', self.key, 'live', self.live, 'done', self.done, 'failed', self.failed, 'marks', self.marks)
  if isOver then self:finish(ttl) end
  self.wasLive = self.live > 0
  self:tell()
end

-- Writes all that was changed.
local function flushRuns(ttl)
  for _, run in pairs(runs) do
    if run then run:flush(ttl) end
  end
end
