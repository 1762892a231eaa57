using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore.Metadata;
using RunMetrics.Data.Databases;

namespace RunMetrics.Data.Sqlite;

/// <summary>
/// The statements that find, insert and update single rows of an entity, prepared once for a connection: translating them for every fact costs
/// several times what running them does.
/// </summary>
/// <typeparam name="TEntity">The entity.</typeparam>
internal sealed class SqliteEntityStatements<TEntity> : IDisposable
    where TEntity : class
{
    private readonly IReadOnlyList<EntityColumn<TEntity>> _columns;
    private readonly List<EntityColumn<TEntity>> _changing;
    private readonly EntityColumn<TEntity> _lookup;
    private readonly SqliteCommand _find;
    private readonly SqliteCommand _insert;
    private readonly SqliteCommand _update;

    /// <summary>Makes the statements.</summary>
    /// <param name="model">The EF Core model.</param>
    /// <param name="connection">An open connection.</param>
    /// <param name="lookup">The property by which rows are found and updated.</param>
    /// <param name="changing">The properties that may change once a row is stored.</param>
    public SqliteEntityStatements(IModel model, SqliteConnection connection, string lookup, IReadOnlyList<string> changing)
    {
        (var table, _columns) = EntityColumn<TEntity>.ListAll(model);
        _changing = [.. _columns.Where(column => changing.Contains(column.PropertyName, StringComparer.Ordinal))];
        _lookup = _columns.Single(column => column.PropertyName == lookup);
        _find = Prepare(
            connection,
            $"SELECT {string.Join(", ", _columns.Select(Name))} FROM \"{table}\" WHERE {Name(_lookup)} = {Parameter(_lookup)}",
            [_lookup]);
        _insert = Prepare(
            connection,
            $"INSERT INTO \"{table}\" ({string.Join(", ", _columns.Select(Name))}) VALUES ({string.Join(", ", _columns.Select(Parameter))})",
            _columns);
        _update = Prepare(
            connection,
            $"UPDATE \"{table}\" SET {string.Join(", ", _changing.Select(column => $"{Name(column)} = {Parameter(column)}"))} "
            + $"WHERE {Name(_lookup)} = {Parameter(_lookup)}",
            [.. _changing, _lookup]);
    }

    /// <summary>Finds the entities with a value of the property by which they are looked up.</summary>
    public IReadOnlyList<TEntity> Find(string value, SqliteTransaction transaction)
    {
        _find.Transaction = transaction;
        _find.Parameters[0].Value = value;
        using var reader = _find.ExecuteReader();
        var entities = new List<TEntity>();
        while (reader.Read())
        {
            entities.Add(EntityColumn<TEntity>.Materialize(_columns, position => reader.IsDBNull(position) ? null : reader.GetValue(position)));
        }

        return entities;
    }

    /// <summary>Inserts an entity.</summary>
    public void Insert(TEntity entity, SqliteTransaction transaction) => Execute(_insert, _columns, entity, transaction);

    /// <summary>Writes what may have changed of a stored entity.</summary>
    public void Update(TEntity entity, SqliteTransaction transaction) => Execute(_update, [.. _changing, _lookup], entity, transaction);

    /// <inheritdoc />
    public void Dispose()
    {
        _find.Dispose();
        _insert.Dispose();
        _update.Dispose();
    }

    private static string Name(EntityColumn<TEntity> column) => $"\"{column.Name}\"";

    private static string Parameter(EntityColumn<TEntity> column) => $"${column.Name}";

    private static void Execute(
        SqliteCommand command, IReadOnlyList<EntityColumn<TEntity>> columns, TEntity entity, SqliteTransaction transaction)
    {
        command.Transaction = transaction;
        foreach (var (position, column) in columns.Index())
        {
            command.Parameters[position].Value = column.Get(entity) ?? DBNull.Value;
        }

        command.ExecuteNonQuery();
    }

    private static SqliteCommand Prepare(SqliteConnection connection, string sql, IEnumerable<EntityColumn<TEntity>> parameters)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // The names are those of the model.
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var column in parameters)
        {
            command.Parameters.Add(new SqliteParameter { ParameterName = Parameter(column) });
        }

        return command;
    }
}
