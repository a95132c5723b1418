using Npgsql;

namespace ThreeTier;

/// <summary>Notes in PostgreSQL: a table of texts, made when it is first asked for.</summary>
internal sealed class Notes(string connection) : IAsyncDisposable
{
    // A query that hangs is a failure within a second: whoever waits longer makes others wait.
    private readonly NpgsqlDataSource _source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connection) { Timeout = 1, CommandTimeout = 1, MaxPoolSize = 16 }.ConnectionString);
    private volatile bool _isMade;

    public async Task<IReadOnlyList<string>> LatestAsync(CancellationToken abort)
    {
        await MakeAsync(abort);
        await using var command = _source.CreateCommand("select text from notes order by id desc limit 20");
        await using var reader = await command.ExecuteReaderAsync(abort);
        List<string> texts = [];
        while (await reader.ReadAsync(abort))
        {
            texts.Add(reader.GetString(0));
        }

        return texts;
    }

    public async Task AddAsync(string text, CancellationToken abort)
    {
        await MakeAsync(abort);
        await using var command = _source.CreateCommand("insert into notes (text) values ($1)");
        command.Parameters.AddWithValue(text);
        await command.ExecuteNonQueryAsync(abort);
    }

    /// <exception cref="NpgsqlException">It cannot be reached.</exception>
    public async Task PingAsync(CancellationToken abort)
    {
        await using var command = _source.CreateCommand("select 1");
        await command.ExecuteScalarAsync(abort);
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private async Task MakeAsync(CancellationToken abort)
    {
        if (_isMade)
        {
            return;
        }

        await using var command = _source.CreateCommand("create table if not exists notes (id bigserial primary key, text text not null)");
        await command.ExecuteNonQueryAsync(abort);
        _isMade = true;
    }
}
