-- A comparison holds while both texts are there; one that is cut anew is compared anew.
DELETE FROM judged_pair
WHERE left_id NOT IN (SELECT doc_id FROM story_text) OR right_id NOT IN (SELECT doc_id FROM story_text)
