-- Attributions as they were read, without the hosts that like names of their stories gave them.
UPDATE claim
SET site = NULL, rule = left(rule, length(rule) - length($mark))
WHERE kind = 'attribution' AND ends_with(rule, $mark)
