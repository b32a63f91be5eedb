-- Chords. Whoever takes the closing seat is told so, each time it asks, until the chord is launched.

Chords = rarely(function(Chords)
  local function isOver(policy, size, good, bad)
    if good + bad >= size then return true end
    if policy == 'f' then return bad > 0 end
    local quorum = tonumber(string.match(policy, '^q(%d+)$'))
    if quorum then return good >= quorum or bad > size - quorum end
    return false
  end

  function Chords.open(run, pos, size, policy, at, aside, seat, record)
    local chord = chordKey(run.id, pos)
    if redis.call('HEXISTS', run.key, 'c:' .. pos) == 1 or redis.call('EXISTS', chord) == 1 then return end
    redis.call('HSET', chord, 'size', size, 'policy', policy, 'at', at, 'aside', aside, 'seat', seat, 'record', record)
    run.chords[pos] = nil
  end

  -- A chord that is open, or closed but not launched; else false.
  function Chords.of(run, pos)
    local known = run.chords[pos]
    if known ~= nil then return known end
    local at = chordKey(run.id, pos)
    local f = redis.pcall('HMGET', at, 'size', 'policy', 'good', 'bad', 'added', 'closer', 'halt', 'broken')
    local chord = not f.err and tonumber(f[1]) and not f[8] and {
      run = run, key = at, size = tonumber(f[1]), policy = f[2] or 'a', good = tonumber(f[3]) or 0, bad = tonumber(f[4]) or 0,
      added = tonumber(f[5]) or 0, closer = f[6], halt = f[7]
    }
    run.chords[pos] = chord
    return chord
  end

  -- One seat more, once for each place.
  function Chords.widen(chord, index)
    if chord.closer or redis.call('HSETNX', chord.key, 'a:' .. index, '1') == 0 then return end
    chord.added = chord.added + 1
    chord.isChanged = true
  end

  -- Whoever comes after it has closed changes nothing, but has his seat if it failed and is opened again.
  local function joinLate(chord, index, isGood, verdict)
    if redis.call('HEXISTS', chord, 's:' .. index) == 1 then return end
    if redis.call('HSETNX', chord, 'l:' .. index, (isGood and '1' or '0') .. verdict) == 0 then return end
    redis.call('HSET', chord, 'late', (redis.call('HGET', chord, 'late') or '') .. ' ' .. index)
  end

  -- True for the seat that closes it.
  function Chords.join(chord, index, isGood, verdict)
    if chord.closer then
      joinLate(chord.key, index, isGood, verdict)
      return chord.closer == index
    end
    if redis.call('HSETNX', chord.key, 's:' .. index, verdict) == 1 then
      if isGood then chord.good = chord.good + 1 else chord.bad = chord.bad + 1 end
      chord.isChanged = true
    end
    if not isOver(chord.policy, chord.size + chord.added, chord.good, chord.bad) then return false end
    local f = chord.run:isStopped() and redis.call('HMGET', chord.key, 'at', 'aside', 'seat')
    chord.isChanged = true
    chord.halt = f and Halts.stopOf(chord.run.id, f[2] == '1' and 'a' or 'c', f[1], f[3]) or ''
    chord.closer = index
    return true
  end

  -- What whoever closes it is told.
  function Chords.told(chord, pos)
    local isFull = chord.good + chord.bad >= chord.size + chord.added
    local record = redis.call('HGET', chord.key, 'record') or ''
    return { 'C', record, chord.size, isFull and '1' or '', chord.halt, pos, chord.added }
  end

  function Chords.flush(chord)
    redis.call('HSET', chord.key, 'good', chord.good, 'bad', chord.bad, 'added', chord.added)
    if chord.closer then redis.call('HSET', chord.key, 'closer', chord.closer, 'halt', chord.halt) end
  end

  -- Done with it. Who sits in it still ends as dismissed, if that is given; its seats are kept if it has failed.
  function Chords.launch(run, pos, dismissed, broken)
    if broken == '' then
      redis.call('UNLINK', chordKey(run.id, pos))
    else
      Kept.breakChord(run, pos, broken)
    end
    run:noteAside('c:' .. pos)
    redis.call('HSET', run.key, 'c:' .. pos, dismissed == '' and '1' or dismissed)
    run.chords[pos] = false
    if dismissed ~= '' then Halts.callOff(run, 'd', 'd') end
  end

  -- A seat in a chord that is launched: it counts if that failed, once it is opened again.
  function Chords.joinLaunched(run, pos, index, isGood, verdict)
    local chord = chordKey(run.id, pos)
    if run:has('k') and redis.call('HEXISTS', chord, 'broken') == 1 then joinLate(chord, index, isGood, verdict) end
  end
end)
