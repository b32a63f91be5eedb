-- What the scripts share; the loader puts it in front of each of them. KEYS[1] is the partition's prefix, such as
-- "{arpeggio:0}:". Every key hangs on it, so all of them live in one slot. User data is opaque: nothing is ever decoded.
--
-- A verdict is a letter and its JSON: S value, M (a list its members have), F failure, R failure (revoked), I (ignored).
-- A message is a text of eight lines: deliveries so far, queue, priority, run, position, place, kind (c call, a call of an
-- errback, s spread), and its JSON.

local P = KEYS[1]
local USUAL_PRIORITY = '5'

local function runKey(run) return P .. 'run:' .. run end
local function chordKey(run, pos) return P .. 'chord:' .. run .. ':' .. pos end
local function listKey(run, name) return P .. 'list:' .. run .. ':' .. name end
local function graftKey(run) return P .. 'graft:' .. run end
local function haltKey(run) return P .. 'halt:' .. run end
local function dueKey(run) return P .. 'due:' .. run end
local function lineKey(queue, priority) return P .. 'line:' .. queue .. ':' .. priority end
local function prioritiesKey(queue) return P .. 'priorities:' .. queue end
local function sleepersKey(queue) return P .. 'sleepers:' .. queue end
local function heldKey(worker) return P .. 'held:' .. worker end
local function wakeKey(worker) return P .. 'wake:' .. worker end
local function newsChannel(run) return P .. 'news:' .. run end
local DELAYED = P .. 'delayed'
local WORKERS = P .. 'workers'
local DEAD = P .. 'dead'
local HALTED = P .. 'halted' -- the runs under way that have halts
local HALTS = P .. 'halts' -- the channel on which halts are told

local function milliseconds()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- The arguments, one after another.
local cursor = 0
local function take()
  cursor = cursor + 1
  return ARGV[cursor]
end
local function takeNumber()
  return tonumber(take())
end

local MESSAGE = '^(%d+)\n([^\n]*)\n(%d)\n([^\n]*)\n([^\n]*)\n([^\n]*)\n(%a)\n'
local function headOf(message)
  local count, queue, priority, run, pos, at, kind = string.match(message, MESSAGE)
  return { count = tonumber(count), queue = queue, priority = priority, run = run, pos = pos, at = at, kind = kind }
end

-- How many messages were put in each queue by this script, so that as many sleepers are woken at its end.
local news = {}
local function enqueue(queue, priority, message, front)
  redis.call(front and 'LPUSH' or 'RPUSH', lineKey(queue, priority), message)
  if priority ~= USUAL_PRIORITY then redis.call('SADD', prioritiesKey(queue), priority) end
  news[queue] = (news[queue] or 0) + 1
end

-- A message that was delivered once more.
local function counted(message, head)
  return string.format('%d', head.count + 1) .. string.sub(message, (string.find(message, '\n', 1, true)))
end

-- Delayed messages carry a number in front, so that no two are the same.
local function publish(now, run, queue, priority, countdown, eta, message)
  local due = run:haltsMessage(message) and now or math.max(now + countdown, eta)
  if due <= now then return enqueue(queue, priority, message) end
  local member = redis.call('INCR', P .. 'numbers') .. '\n' .. message
  redis.call('ZADD', DELAYED, due, member)
  redis.call('SADD', dueKey(run.id), member)
  news[queue] = (news[queue] or 0) + 1 -- somebody shall look how long it may sleep now
end

local function enqueueDelayed(member)
  local message = string.sub(member, string.find(member, '\n', 1, true) + 1)
  local head = headOf(message)
  redis.call('SREM', dueKey(head.run), member)
  enqueue(head.queue, head.priority, message)
end

local MOST_PROMOTED = 200
local function promoteDue(now)
  local due = redis.call('ZRANGE', DELAYED, '-inf', now, 'BYSCORE', 'LIMIT', 0, MOST_PROMOTED)
  for _, member in ipairs(due) do
    redis.call('ZREM', DELAYED, member)
    enqueueDelayed(member)
  end
end

local function wakeSleepers(now)
  for queue, count in pairs(news) do
    while count > 0 do
      local worker = redis.call('SPOP', sleepersKey(queue))
      if not worker then break end
      if tonumber(redis.call('ZSCORE', WORKERS, worker) or 0) > now then
        redis.call('LPUSH', wakeKey(worker), '1')
        redis.call('PEXPIRE', wakeKey(worker), 60000)
        count = count - 1
      end
    end
  end
end

-- Halts: each is a text of five lines: what stands in front of the number, the first, the end, the id it takes, the verdict.
local function haltAt(run, place)
  for _, halt in ipairs(redis.call('LRANGE', haltKey(run), 0, -1)) do
    local lead, first, finish, _, verdict = string.match(halt, '^([^\n]*)\n(%d+)\n(%d+)\n([^\n]*)\n(.*)$')
    if string.sub(place, 1, #lead) == lead then
      local number = tonumber(string.match(place, '^%d+', #lead + 1))
      if number and number >= tonumber(first) and number < tonumber(finish) then return verdict end
    end
  end
  return nil
end

-- A run while this script changes it: read once, written once.
local Run = {}
Run.__index = Run

local function openRun(run, pos)
  local key = runKey(run)
  local f = redis.call('HMGET', key, 'live', 'done', 'failed', 'total', 'halts', 'watched', 'r:' .. pos)
  if not f[1] then return nil end
  return setmetatable({
    id = run, key = key, live = tonumber(f[1]), wasLive = tonumber(f[1]) > 0, done = tonumber(f[2]), failed = tonumber(f[3]),
    total = tonumber(f[4]), halts = tonumber(f[5] or 0), watched = f[6], pos = pos, kept = f[7],
    fields = {}, told = {}
  }, Run)
end

function Run:set(field, value)
  local fields = self.fields
  fields[#fields + 1] = field
  fields[#fields + 1] = value
end

-- The first verdict wins. counts: 0 no task, 1 a task, 2 a task that failed.
function Run:store(pos, verdict, counts, change)
  if pos == self.pos then
    if self.kept then return end
    self.kept = verdict
    self:set('r:' .. pos, verdict)
  elseif redis.call('HSETNX', self.key, 'r:' .. pos, verdict) == 0 then
    return
  end
  if counts > 0 then self.done = self.done + 1 end
  if counts > 1 then self.failed = self.failed + 1 end
  self.told[#self.told + 1] = change
end

function Run:note(pos, note, change)
  if pos == self.pos and self.kept then return end
  if pos ~= self.pos and redis.call('HEXISTS', self.key, 'r:' .. pos) == 1 then return end
  redis.call('HSET', self.key, 'n:' .. pos, note)
  self.told[#self.told + 1] = change
end

function Run:haltOf(place)
  if self.halts == 0 then return nil end
  return haltAt(self.id, place)
end

-- What is halted before it is published need not wait.
function Run:haltsMessage(message)
  if self.halts == 0 then return false end
  local head = headOf(message)
  return head.kind ~= 'a' and self:haltOf(head.at) ~= nil
end

function Run:halt(spans, verdict, told)
  for _, span in ipairs(spans) do redis.call('RPUSH', haltKey(self.id), span .. '\n' .. verdict) end
  self.halts = self.halts + #spans
  self:set('halts', self.halts)
  redis.call('SADD', HALTED, self.id)
  for _, member in ipairs(redis.call('SMEMBERS', dueKey(self.id))) do
    local head = headOf(string.sub(member, string.find(member, '\n', 1, true) + 1))
    if head.kind ~= 'a' and self:haltOf(head.at) then
      redis.call('ZREM', DELAYED, member)
      enqueueDelayed(member)
    end
  end
  redis.call('SPUBLISH', HALTS, told)
end

-- Writes what was changed; a run without messages is over.
function Run:close(ttl)
  self:set('live', self.live)
  self:set('done', self.done)
  self:set('failed', self.failed)
  redis.call('HSET', self.key, unpack(self.fields))
  if self.live == 0 and self.wasLive then self:finish(ttl) end
  if self.watched and #self.told > 0 then
    redis.call('SPUBLISH', newsChannel(self.id), table.concat(self.told, '\n'))
  end
end

function Run:finish(ttl)
  local more = redis.call('HMGET', self.key, 'lists', 'forgotten')
  if self.halts > 0 then redis.call('SREM', HALTED, self.id) end
  for name in string.gmatch(more[1] or '', '[^\n]+') do redis.call('UNLINK', listKey(self.id, name)) end
  if more[2] then
    redis.call('UNLINK', self.key, graftKey(self.id), haltKey(self.id))
  else
    redis.call('PEXPIRE', self.key, ttl)
    redis.call('PEXPIRE', graftKey(self.id), ttl)
    redis.call('PEXPIRE', haltKey(self.id), ttl)
  end
  self.told[#self.told + 1] = ''
end

-- Lists come along, or were put there by the client before, under a name of their own.
local function takeLists()
  local lists = {}
  for i = 1, takeNumber() do
    local list = { name = take(), staged = take(), items = {} }
    for n = 1, takeNumber() do list.items[n] = take() end
    lists[i] = list
  end
  return lists
end

local AT_ONCE = 1000 -- arguments of one call
function Run:addLists(lists)
  if #lists == 0 then return end
  local names = redis.call('HGET', self.key, 'lists') or ''
  for _, list in ipairs(lists) do
    local key = listKey(self.id, list.name)
    if list.staged ~= '' and redis.call('EXISTS', list.staged) == 1 then
      redis.call('RENAME', list.staged, key)
      redis.call('PERSIST', key)
    end
    for from = 1, #list.items, AT_ONCE do
      redis.call('RPUSH', key, unpack(list.items, from, math.min(#list.items, from + AT_ONCE - 1)))
    end
    names = names .. '\n' .. list.name
  end
  redis.call('HSET', self.key, 'lists', names)
end

-- Chords. Whoever takes the closing seat is told so, each time it asks, until the chord is launched.
local function isOver(policy, size, good, bad)
  if good + bad >= size then return true end
  if policy == 'f' then return bad > 0 end
  local quorum = tonumber(string.match(policy, '^q(%d+)$'))
  if quorum then return good >= quorum or bad > size - quorum end
  return false
end

function Run:open(pos, size, policy, at, aside, record)
  local key = chordKey(self.id, pos)
  if redis.call('HEXISTS', self.key, 'c:' .. pos) == 1 or redis.call('EXISTS', key) == 1 then return end
  redis.call('HSET', key, 'size', size, 'policy', policy, 'at', at, 'aside', aside, 'record', record,
    'good', 0, 'bad', 0, 'added', 0)
end

function Run:widen(pos, index)
  local key = chordKey(self.id, pos)
  local f = redis.call('HMGET', key, 'size', 'closer')
  if f[1] and not f[2] and redis.call('HSETNX', key, 'a:' .. index, '1') == 1 then
    redis.call('HINCRBY', key, 'added', 1)
  end
end

-- True for the seat that closes the chord.
function Run:join(pos, index, good, verdict)
  local key = chordKey(self.id, pos)
  local f = redis.call('HMGET', key, 'size', 'policy', 'added', 'closer', 'good', 'bad', 'at', 'aside')
  if not f[1] then return false end
  if f[4] then return f[4] == index end
  if redis.call('HSETNX', key, 's:' .. index, verdict) == 0 then return false end
  local goods, bads = tonumber(f[5]), tonumber(f[6])
  if good == '1' then goods = goods + 1 else bads = bads + 1 end
  if not isOver(f[2], tonumber(f[1]) + tonumber(f[3]), goods, bads) then
    redis.call('HSET', key, good == '1' and 'good' or 'bad', good == '1' and goods or bads)
    return false
  end
  local halt = f[8] ~= '1' and self:haltOf(f[7]) or ''
  redis.call('HSET', key, 'good', goods, 'bad', bads, 'closer', index, 'halt', halt)
  return true
end

function Run:launch(pos)
  redis.call('UNLINK', chordKey(self.id, pos))
  self:set('c:' .. pos, '1')
end

-- Wishes are read into tables first, because seats come before all else.
local READERS = {
  S = function() return { pos = take(), verdict = take(), counts = takeNumber(), change = take() } end,
  N = function() return { pos = take(), note = take(), change = take() } end,
  O = function()
    return { pos = take(), size = take(), policy = take(), at = take(), aside = take(), record = take() }
  end,
  P = function()
    return { queue = take(), priority = take(), countdown = takeNumber(), eta = takeNumber(), message = take() }
  end,
  J = function() return { pos = take(), index = take(), good = take(), verdict = take() } end,
  W = function() return { pos = take(), index = take() } end,
  L = function() return { pos = take() } end,
  B = function() return { id = take(), letter = take() } end,
  G = function() return { under = take(), graft = take(), calls = takeNumber(), lists = takeLists() } end,
  H = function()
    local spans = {}
    for i = 1, takeNumber() do spans[i] = take() end
    return { spans = spans, verdict = take(), told = take() }
  end,
}

local function takeWishes()
  local wishes = {}
  for i = 1, takeNumber() do
    local kind = take()
    local wish = READERS[kind]()
    wish.kind = kind
    wishes[i] = wish
  end
  return wishes
end

-- Joins and widenings are granted before, by whoever asks for them.
function Run:grant(now, wish)
  local kind = wish.kind
  if kind == 'S' then
    self:store(wish.pos, wish.verdict, wish.counts, wish.change)
  elseif kind == 'P' then
    self.live = self.live + 1
    publish(now, self, wish.queue, wish.priority, wish.countdown, wish.eta, wish.message)
  elseif kind == 'O' then
    self:open(wish.pos, wish.size, wish.policy, wish.at, wish.aside, wish.record)
  elseif kind == 'L' then
    self:launch(wish.pos)
  elseif kind == 'N' then
    self:note(wish.pos, wish.note, wish.change)
  elseif kind == 'H' then
    self:halt(wish.spans, wish.verdict, wish.told)
  elseif kind == 'G' then
    redis.call('HSET', graftKey(self.id), wish.under, wish.graft)
    self:set('g:' .. wish.under, '1')
    self:addLists(wish.lists)
    self.total = self.total + wish.calls
    self:set('total', self.total)
  elseif kind == 'B' then
    redis.call('HSET', DEAD, wish.id, string.format('%d', now) .. '\n' .. wish.letter)
  end
end
