-- sealed: every stored story is sealed, each under a key of its own
select s.id::text as id, 'lies there in plain: hearback recordings seal' as what from story s
where s.audio = 'stored' and s.uri not like '%.sealed'
