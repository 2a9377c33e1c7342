"""The offline model: plans by grammar, through the same agent loop as any other model."""

from sayso.agent.offline.model import OfflineModel

__all__ = ["OfflineModel"]
