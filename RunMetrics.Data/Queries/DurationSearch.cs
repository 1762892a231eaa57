using Microsoft.EntityFrameworkCore;
using RunMetrics.Data.Context;
using RunMetrics.Data.Databases;
using RunMetrics.Domain.Statistics;

namespace RunMetrics.Data.Queries;

/// <summary>
/// Finds durations by their rank, digit by digit from the first: a statement for each digit reads, for all ranks of all series that are sought, how
/// many durations go on with which digit.
/// </summary>
/// <param name="provider">Whose database it is.</param>
internal sealed class DurationSearch(DatabaseProvider provider)
{
    private const int Radix = 1 << SeriesNumbers.DigitBits;
    private const int Levels = 1 << SeriesNumbers.LevelBits;

    private readonly Func<RunMetricsDbContext, long[], IAsyncEnumerable<DurationCount>> _listFirstDigits = EF.CompileAsyncQuery(
        (RunMetricsDbContext context, long[] series) => context.DurationCounts
            .AsNoTracking()
            .Where(count => series.Contains(count.Series) && count.Node < Levels));

    /// <summary>Makes the distribution of each series, and of all series of a phase together.</summary>
    /// <param name="context">The database.</param>
    /// <param name="series">The series.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<IReadOnlyDictionary<DurationKey, Distribution>> DistributeAsync(
        RunMetricsDbContext context, IReadOnlyList<DurationSeries> series, CancellationToken cancellationToken)
    {
        var members = series.Where(one => one.Moments.Count > 0).ToDictionary(one => one.Number, one => new Member(one));
        List<Sought> sought =
        [
            .. members.Values
                .GroupBy(member => member.Series.Phase)
                .Select(phase => new Sought(
                    new DurationKey(phase.Key, null),
                    [.. phase],
                    phase.Select(member => member.Series.Moments).Aggregate((left, right) => left + right))),
            .. members.Values
                .Where(member => member.Series.Iteration is not null)
                .Select(member => new Sought(new DurationKey(member.Series.Phase, member.Series.Iteration), [member], member.Series.Moments)),
        ];
        await LoadAsync(_listFirstDigits(context, [.. members.Keys]));
        List<RankSearch> searches = [.. sought.SelectMany(one => one.Searches)];
        searches.ForEach(search => search.FindFirstDigit());
        while (searches.Where(search => search.Node is not null).ToList() is { Count: > 0 } going)
        {
            going.ForEach(search => search.AskForNextDigit());
            var wanted = members.Values.SelectMany(member => member.Wanted, (member, node) => (member.Series.Number, node)).ToList();
            await LoadAsync(provider.ListDigits(context, wanted).AsNoTracking().AsAsyncEnumerable());
            going.ForEach(search => search.FindNextDigit());
        }

        return sought.ToDictionary(one => one.Key, one => one.ToDistribution());

        async Task LoadAsync(IAsyncEnumerable<DurationCount> counts)
        {
            foreach (var member in members.Values)
            {
                member.AddChanges();
            }

            await foreach (var count in counts.WithCancellation(cancellationToken))
            {
                members[count.Series].Add(count.Node, count.Digit, count.Durations);
            }
        }
    }

    private static long NodeOf(long digitsBefore, int level) => (digitsBefore << SeriesNumbers.LevelBits) | (uint)level;

    /// <summary>A series with the digits that are known of it by now.</summary>
    private sealed class Member(DurationSeries series)
    {
        private readonly Dictionary<long, long[]> _digits = [];
        private readonly HashSet<long> _asked = [.. Enumerable.Range(0, Levels).Select(level => NodeOf(0, level))];
        private List<long> _wanted = [.. Enumerable.Range(0, Levels).Select(level => NodeOf(0, level))];

        public DurationSeries Series { get; } = series;

        /// <summary>The nodes that are asked for and not known.</summary>
        public IReadOnlyCollection<long> Wanted => _wanted;

        public void Ask(long node)
        {
            if (_asked.Add(node))
            {
                _wanted.Add(node);
            }
        }

        /// <summary>Begins the nodes that are asked for with the changes that are not counted yet.</summary>
        public void AddChanges()
        {
            foreach (var (seconds, change) in Series.Changes)
            {
                for (var level = 0; level == 0 || seconds >> (SeriesNumbers.DigitBits * level) > 0; level++)
                {
                    var digits = seconds >> (SeriesNumbers.DigitBits * level);
                    var node = NodeOf(digits >> SeriesNumbers.DigitBits, level);
                    if (_wanted.Contains(node))
                    {
                        Add(node, (int)(digits & (Radix - 1)), change);
                    }
                }
            }

            _wanted = [];
        }

        public void Add(long node, int digit, long durations)
        {
            if (!_digits.TryGetValue(node, out var counts))
            {
                _digits.Add(node, counts = new long[Radix]);
            }

            counts[digit] += durations;
        }

        /// <summary>How many durations go on with each digit; null where none does.</summary>
        public long[]? DigitsAt(long node) => _digits.GetValueOrDefault(node);
    }

    /// <summary>A distribution that is asked for.</summary>
    private sealed class Sought(DurationKey key, IReadOnlyList<Member> members, Moments moments)
    {
        private readonly Dictionary<long, RankSearch> _searches =
            Distribution.RanksOf(moments.Count).ToDictionary(rank => rank, rank => new RankSearch(members, rank));

        public DurationKey Key { get; } = key;

        public IReadOnlyCollection<RankSearch> Searches => _searches.Values;

        public Distribution ToDistribution() => Distribution.Of(moments, rank => _searches[rank].Seconds);
    }

    /// <summary>The search for the duration of a rank.</summary>
    private sealed class RankSearch(IReadOnlyList<Member> members, long rank)
    {
        private IReadOnlyList<Member> _members = members;
        private long _rest = rank;

        /// <summary>The digits found so far, as a number: the duration when there are all.</summary>
        public long Seconds { get; private set; }

        /// <summary>Where the next digit is to be sought; null when there are all.</summary>
        public long? Node { get; private set; }

        /// <summary>Durations of fewer digits are less.</summary>
        public void FindFirstDigit()
        {
            if (!Enumerable.Range(0, Levels).Any(level => TryFindDigit(NodeOf(0, level))))
            {
                throw Contradiction();
            }
        }

        public void AskForNextDigit()
        {
            foreach (var member in _members)
            {
                member.Ask(Node!.Value);
            }
        }

        public void FindNextDigit()
        {
            if (!TryFindDigit(Node!.Value))
            {
                throw Contradiction();
            }
        }

        private bool TryFindDigit(long node)
        {
            var counts = _members.Select(member => (Member: member, Digits: member.DigitsAt(node))).Where(one => one.Digits is not null).ToList();
            for (var digit = 0; counts.Count > 0 && digit < Radix; digit++)
            {
                var durations = 0L;
                foreach (var (_, digits) in counts)
                {
                    durations += digits![digit];
                }

                if (_rest < durations)
                {
                    var level = (int)(node & (Levels - 1));
                    Seconds = (Seconds << SeriesNumbers.DigitBits) | (uint)digit;
                    Node = level == 0 ? null : NodeOf(Seconds, level - 1);
                    _members = [.. counts.Where(one => one.Digits![digit] != 0).Select(one => one.Member)];
                    return true;
                }

                _rest -= durations;
            }

            return false;
        }

        private static InvalidOperationException Contradiction() =>
            new("The counts of durations contradict each other; `runmetrics db verify` names where.");
    }
}
