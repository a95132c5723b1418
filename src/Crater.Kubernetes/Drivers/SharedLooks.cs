using System.Collections.Concurrent;

namespace Crater.Kubernetes.Drivers;

/// <summary>Answers that are good for a moment: who asks while one is fetched, or soon after it was begun, gets the same one. What failed is not kept.</summary>
/// <param name="goodFor">Zero fetches for everyone.</param>
internal sealed class SharedLooks<TKey, TValue>(TimeSpan goodFor) where TKey : notnull
{
    private readonly ConcurrentDictionary<TKey, Look> _looks = new();

    public async Task<TValue> GetAsync(TKey key, Func<Task<TValue>> fetch, CancellationToken abort)
    {
        if (goodFor <= TimeSpan.Zero)
        {
            return await fetch();
        }

        var look = _looks.AddOrUpdate(key, _ => new Look(fetch), (_, last) => last.IsGood(goodFor) ? last : new Look(fetch));
        return await look.Answer.Value.WaitAsync(abort);
    }

    private sealed class Look(Func<Task<TValue>> fetch)
    {
        private readonly long _begun = TimeProvider.System.GetTimestamp();

        public Lazy<Task<TValue>> Answer { get; } = new(fetch);

        public bool IsGood(TimeSpan goodFor) => TimeProvider.System.GetElapsedTime(_begun) < goodFor && !(Answer.IsValueCreated && (Answer.Value.IsFaulted || Answer.Value.IsCanceled));
    }
}
