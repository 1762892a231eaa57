using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using RunMetrics.Domain.Facts;
using RunMetrics.Domain.Runs;
using RunMetrics.Domain.Storage;
using RunMetrics.Tests.Support;
using Shouldly;

namespace RunMetrics.Tests.Domain.Storage;

/// <summary>What reaches the store, and what is answered for what does not.</summary>
[Category(TestCategories.Unit)]
public sealed class RunMetricsServiceTests
{
    private static readonly FactReading Unreadable = FactReading.Unreadable("line", "x", "a fact");
    private static readonly ProjectAccess Access = ProjectAccess.Only(["bop"]);

    private MemoryStore _store = null!;
    private QueuedWriter _writer = null!;
    private RunMetricsService _service = null!;

    [SetUp]
    public void CreateService()
    {
        _store = new MemoryStore();
        _writer = new QueuedWriter(_store);
        _service = new RunMetricsService(_writer, new FakeTimeProvider(TestDatabase.Now));
    }

    [TearDown]
    public async Task EndWriterAsync() => await _writer.DisposeAsync();

    [Test]
    public async Task RecordAsync_a_valid_fact_reaches_the_store_as_stated_by_the_caller_now()
    {
        var fact = SampleFacts.Run() with { StartedAt = null };

        var result = await _service.RecordAsync(SampleFacts.Read(fact), Access, CancellationToken.None);

        result.ShouldBe(FactResult.Created);
        var batch = _store.Batches.ShouldHaveSingleItem();
        batch.Facts.ShouldBe([fact]);
        batch.Access.ShouldBeSameAs(Access);
        batch.StatedAt.ShouldBe(TestDatabase.Now);
        batch.ReturnsStored.ShouldBeTrue();
    }

    [Test]
    public async Task RecordAsync_a_fact_that_is_not_valid_is_refused_and_reaches_no_store()
    {
        var exception = await Should.ThrowAsync<FactRejectedException>(
            () => _service.RecordAsync(SampleFacts.Read(SampleFacts.Run() with { Id = "a/b" }), Access, CancellationToken.None));

        exception.Rejection.Reason.ShouldBe(FactRejectionReason.Invalid);
        exception.Message.ShouldBe(exception.Rejection.Message);
        _store.Batches.ShouldBeEmpty();
    }

    [Test]
    public async Task RecordAsync_what_the_store_refuses_is_thrown()
    {
        var exception = await Should.ThrowAsync<FactRejectedException>(
            () => _service.RecordAsync(SampleFacts.Read(SampleFacts.OpenPhase(runId: "nobody")), Access, CancellationToken.None));

        exception.Rejection.Reason.ShouldBe(FactRejectionReason.UnknownRun);
    }

    [TestCase(null, "019bb16e-fe80-80af-8b1b-9476568507ee")]
    [TestCase(1, "019bb16e-fe80-80af-8b1b-9476568507ee")]
    [TestCase(2, "019bb16e-fe80-86ae-a7ec-84edd25cf263")]
    public async Task RecordAsync_a_phase_without_id_is_given_the_one_of_its_name(int? iteration, string id)
    {
        var fact = SampleFacts.OpenPhase() with { Id = null, Iteration = iteration };

        await _service.ImportAsync([SampleFacts.Read(SampleFacts.Run()), SampleFacts.Read(fact)], Access, new OtherRuns(), CancellationToken.None);
        var again = await _service.RecordAsync(SampleFacts.Read(fact), Access, CancellationToken.None);

        again.ShouldBe(FactResult.Unchanged);
        _store.Batches.SelectMany(batch => batch.Facts).OfType<PhaseMetricFact>().ShouldBe([fact with { Id = id }, fact with { Id = id }]);
    }

    [Test]
    public async Task ImportAsync_good_and_bad_facts_stores_the_good_ones_at_once_and_answers_in_their_order()
    {
        var otherRuns = new OtherRuns();
        FactReading[] readings =
        [
            SampleFacts.Read(SampleFacts.Run("a") with { Status = null }),
            SampleFacts.Read(SampleFacts.Run("b")),
            Unreadable,
            SampleFacts.Read(SampleFacts.OpenPhase("m", "nobody")),
            SampleFacts.Read(SampleFacts.Run("b")),
        ];

        var results = await _service.ImportAsync(readings, Access, otherRuns, CancellationToken.None);

        results.Select(result => (result.Disposition, result.Rejection?.Reason)).ShouldBe(
        [
            (FactDisposition.Rejected, FactRejectionReason.Invalid),
            (FactDisposition.Created, null),
            (FactDisposition.Rejected, FactRejectionReason.Unreadable),
            (FactDisposition.Rejected, FactRejectionReason.UnknownRun),
            (FactDisposition.Unchanged, null),
        ]);
        var batch = _store.Batches.ShouldHaveSingleItem();
        batch.Facts.Select(fact => fact.Id).ShouldBe(["b", "m", "b"]);
        batch.Access.ShouldBeSameAs(Access);
        batch.OtherRuns.ShouldBeSameAs(otherRuns);
        batch.StatedAt.ShouldBe(TestDatabase.Now);
        batch.ReturnsStored.ShouldBeFalse();
    }

    [Test]
    public async Task ImportAsync_no_good_fact_reaches_no_store()
    {
        var results = await _service.ImportAsync([Unreadable, Unreadable], Access, new OtherRuns(), CancellationToken.None);

        results.ShouldAllBe(result => result.Rejection!.Reason == FactRejectionReason.Unreadable);
        results.Count.ShouldBe(2);
        _store.Batches.ShouldBeEmpty();
    }
}
