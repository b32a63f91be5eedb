-- What failed is kept with all that was to follow it, so that a run can go on from there.

local Kept = rarely(function(Kept)
  -- As it was kept first.
  function Kept.add(run, name, head, message)
    run:mark('k')
    redis.call('HSETNX', key('kept', run.id), name, head .. '\n' .. message)
    local body = Message.bodyOf(message)
    if body then Lists.name(run, { body }) end
  end

  function Kept.breakChord(run, pos, broken)
    run:mark('k')
    redis.call('HSET', chordKey(run.id, pos), 'broken', broken)
    redis.call('SADD', key('broken', run.id), pos)
  end

  -- What was to follow from a message that cannot be read is known to nobody: so the run ends as it did, unless it has an end of
  -- its own by then; and chords that waited for it are not kept for ever.
  function Kept.lose(run, verdict, seat)
    run:mark('u')
    redis.call('HSETNX', run.key, 'lost', verdict)
    for _ = 1, MOST_NESTED do
      if seat == '-' then break end
      run:mark('k')
      local pos = string.sub(seat, 2)
      if redis.call('SADD', key('broken', run.id), pos) == 0 then break end
      seat = redis.call('HGET', chordKey(run.id, pos), 'seat') or '-'
    end
  end

  -- All keys that live as long as its results, if something failed.
  function Kept.keysOf(run)
    if not run:has('k') then return {} end
    local keys = { key('kept', run.id), key('broken', run.id), key('aside', run.id) }
    for _, pos in ipairs(redis.call('SMEMBERS', key('broken', run.id))) do
      keys[#keys + 1] = chordKey(run.id, pos)
    end
    return keys
  end
end)
