-- keys: every sealed story has its key, and of what was erased neither key nor words are left
select s.id::text as id, 'sealed, and its key is not there: nobody can hear it' as what from story s
where s.audio = 'stored' and s.uri like '%.sealed' and not exists (select from story_key k where k.story_id = s.id)
union all
select s.id::text, 'its key is there, though there is nothing to open' from story s join story_key k on k.story_id = s.id
where s.audio = 'discarded' and s.discarded_because <> 'missing'
union all
select s.id::text, 'erased without a proof' from story s
where s.discarded_because in ('deleted', 'erased') and not exists (select from story_erasure e where e.story_id = s.id)
union all
select e.story_id::text, 'erased on record, and still there' from story_erasure e join story s on s.id = e.story_id
where s.audio <> 'discarded'
union all
select e.story_id::text, 'erased, and its ' || made.what || ' still there' from story_erasure e
join (select story_id, 'words are' from transcript union all select story_id, 'corrections are' from story_correction
  union all select story_id, 'notes are' from story_note union all select story_id, 'clips are' from story_clip
  union all select story_id, 'outline is' from story_peaks union all select story_id, 'flags are' from urgent_flag
) as made (story_id, what) on made.story_id = e.story_id
union all
select e.story_id::text, 'erased, and its file has not been removed yet' from story_erasure e
where e.file_gone_at is null and e.erased_at + interval '1 hour' < $1
