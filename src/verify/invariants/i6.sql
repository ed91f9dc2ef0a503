-- I6: every stored recording has its file and its hash, and nothing was thrown away before it was safe
-- (the files themselves are compared after this)
select s.id::text as id, 'stored whole, but without one of its parts' as what from story s
where s.audio = 'stored' and s.truncated is false
  and exists (select from recording r where r.story_id = s.id and (r.state <> 'stored' or r.sha256 is null))
union all
select s.id::text, 'has no recording at all' from story s
where not exists (select from recording r where r.story_id = s.id)
union all
select r.id::text, 'thrown away, though its story is stored' from recording r join story s on s.id = r.story_id
where r.state = 'discarded' and s.audio <> 'discarded'
union all
select s.id::text, 'thrown away as silent, though the line heard speech' from story s
where s.discarded_because = 'no-speech'
  and exists (select from recording r where r.story_id = s.id and r.line_speech_ms > 0)
union all
select s.id::text, 'thrown away as deleted, which nobody asked for' from story s
where s.discarded_because = 'deleted' and s.state <> 'deleted'
union all
select t.id::text, 'words of a story that is not stored' from transcript t join story s on s.id = t.story_id
where t.state = 'done' and s.audio = 'waiting'
