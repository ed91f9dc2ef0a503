-- counts: visits are counted as they stand: board and lists go by the counts (0054_visit_counts.sql)
select campaign_id::text as id, format('%s visits are "%s", %s, and %s are counted; migration 0055 says how they are counted anew',
  coalesce(sum(visits) filter (where real), 0), status, disposition, coalesce(sum(visits) filter (where not real), 0)) as what
from (
  select campaign_id, trust, status, disposition, true as real, count(*) as visits from visit group by 1, 2, 3, 4
  union all
  select campaign_id, trust, status, disposition, false, sum(visits) from visit_count group by 1, 2, 3, 4
) counted
group by campaign_id, trust, status, disposition
having coalesce(sum(visits) filter (where real), 0) <> coalesce(sum(visits) filter (where not real), 0)
