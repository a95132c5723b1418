using System.Text.Json.Nodes;
using System.Threading.Channels;
using Crater.Cli.Chaos.Log;

namespace Crater.Cli.Chaos.Notifications;

/// <summary>
/// Tells the channels of the settings what happens: one after another and in order, beside the run and never before its recovery. What goes wrong there is a line
/// of the log at debug level and nothing else.
/// </summary>
/// <param name="plugin">Calls a channel of type <c>plugin</c>: the function <c>func</c> of its Python <c>module</c> with the channel and the notice.</param>
internal sealed class Notifier(
    JsonArray channels, Func<JsonObject, JsonObject, CancellationToken, Task> plugin, ChaosLog log, TimeProvider clock) : IAsyncDisposable
{
    /// <summary>How long the end of a command waits for channels that are slow: two channels that do not answer, for both notices of a run's end.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Channel<JsonObject> _waiting = Channel.CreateUnbounded<JsonObject>();      // a command sends at most four
    private readonly CancellationTokenSource _over = new();
    private Task? _sending;

    public bool HasChannels => channels.Count > 0;

    /// <summary>Returns at once.</summary>
    public void Tell(Notice notice)
    {
        if (!HasChannels)
        {
            return;
        }

        _waiting.Writer.TryWrite(notice.Json(clock.GetUtcNow()));
        _sending ??= Task.Run(SendAllAsync);
    }

    /// <summary>Waits until everything was told, for half a minute at most.</summary>
    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        if (_sending is not null)
        {
            _over.CancelAfter(Patience);
            await _sending;
        }

        _over.Dispose();
    }

    private async Task SendAllAsync()
    {
        await foreach (var notice in _waiting.Reader.ReadAllAsync())
        {
            foreach (var channel in channels.OfType<JsonObject>().Where(channel => Wants(channel, (string)notice["name"]!)))
            {
                await SendAsync(channel, notice);
            }
        }
    }

    private async Task SendAsync(JsonObject channel, JsonObject notice)
    {
        var where = (string?)channel["url"] ?? (string?)channel["module"] ?? "";
        try
        {
            switch ((string?)channel["type"])
            {
                case "http" when where.Length == 0:
                    log.Debug("missing url in notification channel", "notification");
                    break;
                case "http":
                    await HttpChannel.SendAsync(channel, notice, _over.Token);
                    break;
                case "plugin":
                    await plugin(channel, notice, _over.Token);
                    break;
            }
        }
        catch (Exception error)
        {
            // Whatever it was: nobody's run depends on who hears of it.
            log.Debug($"notification sent to {where} failed with: {error.Message}", "notification");
        }
    }

    private static bool Wants(JsonObject channel, string name) =>
        channel["events"] is not JsonArray { Count: > 0 } events || events.Any(wanted => wanted is JsonValue value && value.TryGetValue<string>(out var text) && text == name);
}
