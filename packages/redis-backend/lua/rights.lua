-- rights: whether this user may do all that the other scripts and the client do.
--
-- ARGV  how many calls, and of each: how many words, the words
-- reply the first call that is not allowed, or nothing

for _ = 1, takeNumber() do
  local words = {}
  for i = 1, takeNumber() do words[i] = take() end
  if not redis.acl_check_cmd(unpack(words)) then return table.concat(words, ' ') end
end
return ''
