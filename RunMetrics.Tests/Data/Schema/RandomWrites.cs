using CsCheck;
using RunMetrics.Domain.Facts;
using RunMetrics.Tests.Support;
using static System.FormattableString;

namespace RunMetrics.Tests.Data.Schema;

/// <summary>Writing in every way in which SQLite inserts, replaces, updates and deletes, of a few runs and phases that meet each other often.</summary>
internal static class RandomWrites
{
    public static readonly Gen<string> RunIds = Gen.Int[0, 4].Select(number => Invariant($"r{number}"));
    public static readonly Gen<string> MetricIds = Gen.Int[0, 7].Select(number => Invariant($"m{number}"));
    private static readonly Gen<string> Projects = Gen.OneOf("a", "b");
    private static readonly Gen<int> Iterations = Gen.Frequency((6, Gen.Int[1, 3]), (2, Gen.Int[10, 12]), (1, Gen.Const(int.MaxValue)));
    private static readonly Gen<string> Ways = Gen.Frequency(
        (4, "INSERT"), (3, "REPLACE"), (2, "INSERT OR IGNORE"), (1, "INSERT OR FAIL"), (1, "INSERT OR ROLLBACK"), (1, "INSERT OR ABORT"));

    private static readonly Gen<string> UpdateWays = Gen.Frequency((4, "UPDATE"), (2, "UPDATE OR REPLACE"), (1, "UPDATE OR IGNORE"), (1, "UPDATE OR FAIL"));

    public static readonly Gen<string> RunRows =
        from id in RunIds
        from project in Projects
        from status in Statuses
        from iteration in Iterations
        select Invariant($"'{id}', '{project}', 'wo-1', {status.Status}, {iteration}, '2026-01-12T10:00:00.000Z', {status.EndedAt}");

    public static readonly Gen<string> MetricRows =
        from id in MetricIds
        from runId in RunIds
        from iteration in Iterations
        from end in Ends
        from phase in Phases
        select Invariant($"'{id}', '{runId}', '{(end.IsVerdict ? "reviewer" : phase)}', {iteration}, '2026-01-12T10:00:00.000Z', {end.Columns}, NULL");

    private static readonly Gen<string> Statements = Gen.Frequency(
        (3, Gen.Select(Ways, RunRows.Array[1, 2], (way, rows) => $"{way} INTO runs VALUES {Tuples(rows)}")),
        (1, Gen.Select(Ways, Gen.Int[-1, 5], RunRows, (way, rowid, row) =>
            Invariant($"{way} INTO runs (rowid, id, project_id, work_order_id, status, iteration, started_at, ended_at) VALUES ({rowid}, {row})"))),
        (1, Gen.Select(RunRows, RunIds, (row, id) =>
            $"""
            INSERT INTO runs VALUES ({row}) ON CONFLICT (id) DO UPDATE SET id = iif(excluded.iteration = 2, '{id}', id), project_id = excluded.project_id,
                status = excluded.status, iteration = excluded.iteration, ended_at = excluded.ended_at
            """)),
        (4, Gen.Select(UpdateWays, RunChanges, RunIds.Array[1, 3], (way, change, ids) => $"{way} runs SET {change} WHERE id IN ({Quoted(ids)})")),
        (1, Gen.Select(UpdateWays, RunChanges, (way, change) => $"{way} runs SET {change}")),
        (2, RunIds.Array[1, 2].Select(ids => $"DELETE FROM runs WHERE id IN ({Quoted(ids)})")),
        (8, Gen.Select(Ways, MetricRows.Array[1, 3], (way, rows) => $"{way} INTO run_phase_metrics VALUES {Tuples(rows)}")),
        (2, Gen.Select(Ways, Gen.Int[-1, 8], MetricRows, (way, rowid, row) => Invariant(
            $"""
            {way} INTO run_phase_metrics (rowid, id, run_id, phase, iteration, started_at, ended_at, duration_seconds, outcome, metadata)
            VALUES ({rowid}, {row})
            """))),
        (2, Gen.Select(MetricRows, MetricIds, (row, id) =>
            $$"""
            INSERT INTO run_phase_metrics VALUES ({{row}}) ON CONFLICT (id) DO UPDATE SET id = iif(excluded.iteration = 2, '{{id}}', id), metadata = '{}',
                run_id = excluded.run_id, ended_at = excluded.ended_at, duration_seconds = excluded.duration_seconds, outcome = excluded.outcome
            """)),
        (6, Gen.Select(UpdateWays, MetricChanges, MetricIds.Array[1, 3], (way, change, ids) =>
            $"{way} run_phase_metrics SET {change} WHERE id IN ({Quoted(ids)})")),
        (1, Gen.Select(UpdateWays, MetricChanges, (way, change) => $"{way} run_phase_metrics SET {change}")),
        (3, MetricIds.Array[1, 2].Select(ids => $"DELETE FROM run_phase_metrics WHERE id IN ({Quoted(ids)})")),
        (1, Gen.Const("DELETE FROM run_phase_metrics")),
        (3, Gen.Const("INSERT INTO counting VALUES (NULL)")));

    /// <summary>By one of four connections, or by the store.</summary>
    public static readonly Gen<WriteStep> Steps = Gen.Frequency(
        (8, Gen.Select(Gen.Int[0, 3], Statements.Array[1, 1], (connection, statements) => new WriteStep(connection, statements, "", []))),
        (2, Gen.Select(Gen.Int[0, 3], Statements.Array[1, 4], Gen.OneOf("COMMIT", "ROLLBACK"), (connection, statements, end) => new WriteStep(connection, statements, end, []))),
        (2, Facts.Array[1, 4].Select(facts => new WriteStep(0, [], "", facts))));

    private static Gen<(string Status, string EndedAt)> Statuses =>
        Gen.OneOf("running", "succeeded", "failed", "cancelled").Select(status => ($"'{status}'", status == "running" ? "NULL" : "'2026-01-12T11:00:00.000Z'"));

    private static Gen<string> Phases => Gen.OneOf("setup", "builder", "reviewer");

    private static Gen<(string Columns, bool IsVerdict)> Ends => Gen.Select(
        Gen.OneOf(null, "success", "failed", "skipped", "approved", "approved", "changes_requested"),
        Gen.Bool,
        RandomHistories.DurationSeconds,
        (outcome, isKnown, seconds) => (
            outcome is null ? "NULL, NULL, NULL" : isKnown ? Invariant($"'2026-01-12T11:00:00.000Z', {seconds}, '{outcome}'") : $"NULL, NULL, '{outcome}'",
            outcome is "approved" or "changes_requested"));

    public static Gen<string> RunChanges => Gen.OneOf(
        Projects.Select(project => $"project_id = '{project}'"),
        Statuses.Select(status => $"status = {status.Status}, ended_at = {status.EndedAt}"),
        Iterations.Select(iteration => Invariant($"iteration = {iteration}")),
        RunIds.Select(id => $"id = '{id}'"),
        Gen.Int[-1, 5].Select(rowid => Invariant($"rowid = {rowid}")),
        Gen.Select(RunIds, Projects, (id, project) => $"id = '{id}', project_id = '{project}'"),
        Gen.Const("work_order_id = 'wo-2'"));

    public static Gen<string> MetricChanges => Gen.OneOf(
        RunIds.Select(id => $"run_id = '{id}'"),
        Phases.Select(phase => $"phase = '{phase}'"),
        Iterations.Select(iteration => Invariant($"iteration = {iteration}")),
        Ends.Select(end => $"(ended_at, duration_seconds, outcome) = ({end.Columns})"),
        Ends.Select(end => $"phase = 'reviewer', (ended_at, duration_seconds, outcome) = ({end.Columns})"),
        MetricIds.Select(id => $"id = '{id}'"),
        Gen.Int[-1, 8].Select(rowid => Invariant($"rowid = {rowid}")),
        Gen.Select(MetricIds, RunIds, (id, runId) => $"id = '{id}', run_id = '{runId}'"),
        Gen.Const("metadata = '{}'"));

    public static Gen<Fact> Facts => Gen.Frequency(
        (1,
            from id in RunIds
            from project in Projects
            from status in Gen.OneOf("running", "succeeded", "failed")
            select (Fact)new RunFact
            {
                Id = id,
                ProjectId = project,
                WorkOrderId = "wo-1",
                Status = status,
                StartedAt = SampleFacts.Start,
                EndedAt = status == "running" ? null : SampleFacts.Start.AddHours(1),
            }),
        (2,
            from id in MetricIds
            from runId in RunIds
            from phase in Phases
            from iteration in Gen.Int[1, 12]
            from outcome in Gen.OneOf(null, "success", "skipped")
            from seconds in RandomHistories.DurationSeconds
            from isKnown in Gen.Bool
            select (Fact)new PhaseMetricFact
            {
                Id = id,
                RunId = runId,
                Phase = phase,
                Iteration = iteration,
                StartedAt = SampleFacts.Start,
                EndedAt = outcome is not null && isKnown ? SampleFacts.Start.AddMinutes(1) : null,
                DurationSeconds = outcome is not null && isKnown ? seconds : null,
                Outcome = outcome,
            }));

    public static string Tuples(string[] rows) => string.Join(", ", rows.Select(row => $"({row})"));

    public static string Quoted(string[] ids) => string.Join(", ", ids.Select(id => $"'{id}'"));
}

/// <summary>Statements by a connection, in a transaction if it has an end, or facts by the store.</summary>
internal sealed record WriteStep(int Connection, string[] Statements, string End, Fact[] Facts)
{
    public override string ToString() => Facts.Length > 0
        ? $"store: {string.Join("; ", Facts.Select(fact => fact.ToString()))}"
        : Invariant($"connection {Connection}: {string.Join("; ", Statements)} {End}");
}
