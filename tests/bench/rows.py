"""How a figure is printed: ours, the peer's, their ratio and what was aimed at."""
from __future__ import annotations


def figure(title: str, ours: float, unit: str, aim: str, peer: float | None = None, peer_name: str = "peer") -> str:
    beside = f"   {peer_name} {peer:,.0f} {unit}   ratio {ours / peer:.2f}" if peer else ""
    return f"{title:<44} {ours:>10,.0f} {unit}{beside}   (aim: {aim})"
