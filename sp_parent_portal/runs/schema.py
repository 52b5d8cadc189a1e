"""The run store's tables, one schema for SQLite and PostgreSQL."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, DateTime, Float, Index, Integer, MetaData, String, Table, Text

metadata = MetaData()

runs = Table(
    "runs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("target", Text, nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("finished_at", DateTime(timezone=True)),
    Column("holder", Text, nullable=False),
    Column("arguments", JSON, nullable=False),
)

steps = Table(
    "steps",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("run", String(32), nullable=False),
    Column("trip", String(64), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("key", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("change", JSON, nullable=False),
    Column("status", String(16), nullable=False),
    Column("detail", Text, nullable=False),
    Column("receipt", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Index("steps_run", "run"),
    Index("steps_thing", "trip", "kind", "key"),
)

locks = Table(
    "locks",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("token", Integer, nullable=False),
    Column("expires", Float, nullable=False),
)

people = Table(
    "people",
    metadata,
    Column("target", Text, primary_key=True),
    Column("trip", String(64), primary_key=True),
    Column("email", Text, primary_key=True),
    Column("student_ids", JSON, nullable=False),
    Column("contact_ids", JSON, nullable=False),
)

contact_lists = Table(
    "contact_lists",
    metadata,
    Column("target", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("sizes", JSON, nullable=False),
    Column("accepted_at", DateTime(timezone=True), nullable=False),
    Column("allowed", Boolean, nullable=False),
)
