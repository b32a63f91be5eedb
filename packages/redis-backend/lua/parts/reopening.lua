-- Runs that go on from what failed. What failed is kept under its name: how many calls it stands for, the end of its line ("-",
-- or "=" and a position), its seat in the same form, which seat it is, each in a line; and the message. A chord that failed is
-- marked as broken, and keeps its seats. There may be much of it, so all is undone in portions, and then sent in portions.

Reopening = rarely(function(Reopening)
  local AGAIN = '^(%d+)\n([^\n]*)\n([^\n]*)\n([^\n]*)\n(.*)$'
  local function againKey(run) return key('again', run.id) end

  local function isFailure(verdict)
    local letter = string.sub(verdict or '', 1, 1)
    return letter == 'F' or letter == 'R'
  end

  -- A failure that was kept for a position is dropped; true if there was one.
  local function dropFailure(run, pos)
    if not isFailure(run:kept(pos)) then return false end
    redis.call('HDEL', run.key, 'r:' .. pos, 'n:' .. pos)
    return true
  end

  local function dropEnd(run, stop)
    if stop ~= '-' then dropFailure(run, string.sub(stop, 2)) end
  end

  -- Somebody comes again for a seat: it is free if it holds a failure.
  local function freeSeat(run, chord, index)
    local verdict = redis.call('HGET', chord, 's:' .. index)
    if verdict and string.sub(verdict, 1, 1) == '@' then verdict = run:kept(string.sub(verdict, 2)) end
    if not isFailure(verdict) then return end
    redis.call('HDEL', chord, 's:' .. index)
    redis.call('HINCRBY', chord, 'bad', -1)
  end

  -- Nobody has closed it, and who came too late came in time.
  local function openAgain(chord)
    for index in string.gmatch(redis.call('HGET', chord, 'late') or '', '%S+') do
      local late = redis.call('HGET', chord, 'l:' .. index)
      redis.call('HSET', chord, 's:' .. index, string.sub(late, 2))
      redis.call('HINCRBY', chord, string.sub(late, 1, 1) == '1' and 'good' or 'bad', 1)
      redis.call('HDEL', chord, 'l:' .. index)
    end
    redis.call('HDEL', chord, 'closer', 'halt', 'late')
  end

  -- Chords that failed are open again, outwards, as far as they failed.
  local function leave(run, seat, index)
    for _ = 1, MOST_NESTED do
      if seat == '-' then return end
      local pos = string.sub(seat, 2)
      local chord = chordKey(run.id, pos)
      local broken = redis.call('HGET', chord, 'broken')
      if not broken then return end
      local isFirst = redis.call('HDEL', run.key, 'c:' .. pos) == 1
      if isFirst then openAgain(chord) end
      freeSeat(run, chord, index)
      if not isFirst then return end -- another of its members has opened what is around it
      local stop
      stop, seat, index = string.match(broken, '^([^\n]*)\n([^\n]*)\n(.*)$')
      dropFailure(run, pos)
      dropEnd(run, stop)
    end
  end

  -- Gives how many calls that failed are to be sent again.
  local function undo(run, kept)
    local calls, stop, seat, index, message = string.match(kept, AGAIN)
    local head = headOf(message)
    if head.kind == 's' then
      local first, behind = string.match(index, '^(%d+):(%d+)$')
      if not first then dropFailure(run, head.pos) end
      for nth = tonumber(first or 0), tonumber(behind or 0) - 1 do leave(run, seat, string.format('%d', nth)) end
      return tonumber(calls)
    end
    leave(run, seat, index)
    dropEnd(run, stop)
    if not run:kept(head.pos) then run.done = run.done - 1 end -- it is no task of the run, but will count as one
    if not dropFailure(run, head.pos) then return 0 end
    run.done = run.done - 1
    run.failed = run.failed - 1
    return tonumber(calls)
  end

  local function forgetAside(run, field)
    local pos = string.sub(field, 3)
    redis.call('HDEL', run.key, field, 'n:' .. pos)
    if string.sub(field, 1, 2) == 'g:' then redis.call('HDEL', key('graft', run.id), pos) end
  end

  -- It is under way as long as this goes on: one that is never sent counts as live.
  function Reopening.begin(run)
    for _, at in ipairs({ run.key, key('graft', run.id) }) do redis.call('PERSIST', at) end
    for _, at in ipairs(Kept.keysOf(run)) do redis.call('PERSIST', at) end
    for _, at in ipairs(Lists.keysOf(run)) do redis.call('PERSIST', at) end
    redis.call('UNLINK', key('halt', run.id))
    run:unmark('h')
    run:unmark('d')
    redis.call('RENAME', key('kept', run.id), againKey(run))
    run.live = 1
    redis.call('HSET', CALLING, run.id .. '\n' .. REOPENS, 'aside')
  end

  -- First errbacks are forgotten, then what failed is undone, then broken chords are whole, then messages are sent. Each does a
  -- portion, and gives what is to be done next.
  local STEPS = {}
  function STEPS.aside(run)
    local fields = redis.call('SPOP', key('aside', run.id), PORTION)
    for _, field in ipairs(fields) do forgetAside(run, field) end
    return #fields == 0 and 'undo 0' or 'aside'
  end

  function STEPS.undo(run, from)
    local found = redis.call('HSCAN', againKey(run), from, 'COUNT', PORTION)
    local calls = 0
    for i = 2, #found[2], 2 do calls = calls + undo(run, found[2][i]) end
    redis.call('HINCRBY', run.key, 'again-calls', calls)
    return found[1] == '0' and 'whole 0' or 'undo ' .. found[1]
  end

  function STEPS.whole(run, from)
    local found = redis.call('SSCAN', key('broken', run.id), from, 'COUNT', PORTION)
    for _, pos in ipairs(found[2]) do
      if redis.call('HEXISTS', run.key, 'c:' .. pos) == 0 then
        redis.call('HDEL', chordKey(run.id, pos), 'broken')
        redis.call('SREM', key('broken', run.id), pos)
      end
    end
    return found[1] == '0' and 'send' or 'whole ' .. found[1]
  end

  function STEPS.send(run)
    local found = redis.call('HSCAN', againKey(run), '0', 'COUNT', PORTION)[2]
    for i = 1, #found, 2 do
      local _, _, _, _, message = string.match(found[i + 1], AGAIN)
      local head = headOf(message)
      run:publish(head.queue, head.priority, message)
      redis.call('HDEL', againKey(run), found[i])
    end
    return redis.call('EXISTS', againKey(run)) == 1 and 'send' or nil
  end

  function Reopening.portion(run, calling)
    local step, from = string.match(redis.call('HGET', CALLING, calling), '^(%a+) ?(.*)$')
    local following = STEPS[step](run, from)
    if following then
      redis.call('HSET', CALLING, calling, following)
    else
      redis.call('HDEL', CALLING, calling)
      run.live = run.live - 1
      run:tell('') -- much has changed
    end
    run:flush(0)
  end
end)
