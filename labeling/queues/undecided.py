"""SQL that several statements share: whether a person has yet to decide a record.

The inner selects keep to one record (``offset 0`` holds the planner to it): by the person, whose rows its statistics
may know nothing of yet, it would go through everything that they ever said.
"""

from __future__ import annotations

UNDECIDED = """
    coalesce((select said.state from (select a.annotator, a.state, a.sequence from label_annotations a
                                       where a.record_id = t.record_id offset 0) said
               where said.annotator = :person and said.sequence > coalesce(t.asked_after, 0)
               order by said.sequence desc limit 1), 'draft') = 'draft'
"""
"""Of a place ``t`` of ``label_tasks``: its record was not decided by ``:person`` since it was asked."""

NOT_ELSEWHERE = """
    not exists (select from (select m.person, m.task_id, m.state, m.lock_until from label_tasks m
                              where m.record_id = t.record_id and m.queue = t.queue offset 0) mine
                 where mine.person = :person and mine.task_id <> t.task_id
                   and (mine.state = 'done' or mine.lock_until > :now))
"""
"""Of a place ``t``: the person neither has nor had another place at its record in this queue."""
