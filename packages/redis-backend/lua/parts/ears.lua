-- Who is told of a run. `ears` names them, each behind a letter (a: all changes, e: its end) and in front of a space.

local Ears = rarely(function(Ears)
  -- Somebody is told so much of it; "-": nothing any more. Who is told of all changes is told of the end as well.
  function Ears.let(run, ear, breadth)
    local start, stop = string.find(run.ears, ear .. ' ', 1, true)
    if start and breadth == 'e' then return end
    if start then run.ears = string.sub(run.ears, 1, start - 2) .. string.sub(run.ears, stop + 1) end
    if breadth ~= '-' then run.ears = run.ears .. breadth .. ear .. ' ' end
    redis.call('HSET', run.key, 'ears', run.ears)
  end

  -- What becomes of its own node, which has no position; or of no node: much has changed.
  local function isOfEnd(change)
    return #change < 2 or string.sub(change, 2, 2) == ' '
  end

  -- Who is not there any more is not told again. If he comes back, he says so.
  function Ears.tell(run, changes)
    local ends = {}
    for _, change in ipairs(changes) do
      if isOfEnd(change) then ends[#ends + 1] = change end
    end
    for breadth, ear in string.gmatch(run.ears, '([ae])(%S+) ') do
      local told = breadth == 'a' and changes or ends
      local hearers = #told > 0 and redis.call('SPUBLISH', key('news', ear), run.id .. '\n' .. table.concat(told, '\n'))
      if hearers == 0 and run.live > 0 then Ears.let(run, ear, '-') end
    end
  end
end)
