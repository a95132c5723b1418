using Crater.Diagnostics;
using Crater.Discovery;
using Crater.Drivers;
using Crater.Targets;

namespace Crater.Agents;

/// <summary>The hosts of stack.yaml, each with its craterd.</summary>
public sealed class AgentFleet : IAgentReach, IDisposable
{
    /// <summary>One look at a host: longer means that it cannot be seen.</summary>
    private static readonly TimeSpan LookMax = TimeSpan.FromSeconds(10);

    private readonly TimeProvider _clock;

    public AgentFleet(IReadOnlyList<StackHost> hosts, TimeProvider clock)
    {
        _clock = clock;
        Clients = [.. hosts.Select(host => new AgentClient(host))];
    }

    internal IReadOnlyList<AgentClient> Clients { get; }

    public void Dispose()
    {
        foreach (var client in Clients)
        {
            client.Dispose();
        }
    }

    Task<AgentClient> IAgentReach.OfAsync(Injection injection, CancellationToken abort) => Task.FromResult(Of(injection.Target.Node));

    /// <exception cref="CraterException">CRT5713: stack.yaml has no host of that name.</exception>
    internal AgentClient Of(string host) => Clients.FirstOrDefault(client => client.Host.Name == host) ?? throw new CraterException("CRT5713",
        $"stack.yaml names no host '{host}'{(Clients.Count > 0 ? $"; it has {string.Join(", ", Clients.Select(client => client.Host.Name))}" : "")}. What happens there cannot be known; put the host back into the file, or give the file with --config.");

    /// <summary>Those that the selector finds, in the order of the file.</summary>
    internal IReadOnlyList<AgentClient> Matching(LabelSelector selector) => [.. Clients.Where(client => selector.Matches(client.Host.Labels))];

    /// <summary>Asks several at once.</summary>
    /// <returns>Per host its answer, or why there is none.</returns>
    internal async Task<IReadOnlyList<(AgentClient Client, T? Answer, CraterException? Failure)>> AskAsync<T>(
        IEnumerable<AgentClient> clients, Func<AgentClient, CancellationToken, Task<T>> ask, CancellationToken abort) =>
        await Task.WhenAll(clients.Select(client => AskOneAsync(client, ask, abort))).ConfigureAwait(false);

    /// <summary>Asks several at once, and takes no answer that lacks one: what was not seen may be the very thing that matters.</summary>
    /// <exception cref="CraterException">One of them could not be asked.</exception>
    internal async Task<IReadOnlyList<(AgentClient Client, T Answer)>> MustAskAsync<T>(
        IEnumerable<AgentClient> clients, Func<AgentClient, CancellationToken, Task<T>> ask, CancellationToken abort)
    {
        var answers = await AskAsync(clients, ask, abort).ConfigureAwait(false);
        return [.. answers.Select(one => one.Failure is null ? (one.Client, one.Answer!) : throw one.Failure)];
    }

    private async Task<(AgentClient, T?, CraterException?)> AskOneAsync<T>(AgentClient client, Func<AgentClient, CancellationToken, Task<T>> ask, CancellationToken abort)
    {
        using var limit = new CancellationTokenSource(LookMax, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(abort, limit.Token);
        try
        {
            return (client, await ask(client, either.Token).ConfigureAwait(false), null);
        }
        catch (CraterException e)
        {
            return (client, default, e);
        }
        catch (OperationCanceledException e) when (!abort.IsCancellationRequested)
        {
            return (client, default, new CraterException("CRT5710",
                $"craterd on {client.Host.Name} ({client.Host.Address}) gave no answer within {Durations.Text(LookMax)}. Look whether the host is there and 'craterd serve' runs on it.", e));
        }
    }
}
