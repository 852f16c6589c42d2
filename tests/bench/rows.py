"""How a figure is printed: ours, the peer's, their ratio, what was aimed at and whether it was reached."""
from __future__ import annotations


def figure(title: str, ours: float, unit: str, aim: str, peer: float | None = None, peer_name: str = "peer", met: bool | None = None) -> str:
    beside = f"   {peer_name} {peer:,.0f} {unit}   ratio {ours / peer:.2f}" if peer else ""
    verdict = "" if met is None else ": met" if met else ": MISSED"
    shown = f"{ours:,.0f}" if abs(ours) >= 100 or ours == int(ours) else f"{ours:,.2f}"
    return f"{title:<44} {shown:>10} {unit}{beside}   (aim: {aim}{verdict})"
