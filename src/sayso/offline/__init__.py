"""The offline model: plans by grammar, through the same agent loop as any other model.

How a message is read, in the order of the modules that read it:

1. `words`, `spelling` make plain words of what was typed; `clauses` cuts them into requests.
2. `followups` sees what only makes sense after what was said before: answers (`answering`), corrections (`correcting`,
   `replanning`), second thoughts (`undoing`). `memory` tells what was said and shown.
3. `grammar` hands each request to the readers, one file for each thing that can be asked; `guard` comes first: what
   speaks of an effect without asking for it must not act. `anywhere` comes last: a question that nothing else reads is
   only looked up.
4. A reader makes an act (`acts`): words, a question, effects to propose, or reads and what their results lead to.
   `slots` and `targets` take times, people and references out of the words, in every reader alike.
5. `planner` carries the acts out: reads first, then all effects at once. `repair` mends what a tool refuses, by the
   codes of its errors. What an answer asks and shows is kept beside its words (`meaning`); no text of ours is read.

Nothing is enumerated but English: a title, a name or a list is whatever stands where one must stand, and the tools
resolve it. What is unclear is asked; what is not understood is said.
"""

from sayso.offline.model import OfflineModel

__all__ = ["OfflineModel"]
