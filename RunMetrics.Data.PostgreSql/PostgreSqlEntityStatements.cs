using System.Globalization;
using Microsoft.EntityFrameworkCore.Metadata;
using Npgsql;
using RunMetrics.Data.Databases;

namespace RunMetrics.Data.PostgreSql;

/// <summary>
/// The statements that find, insert and update rows of an entity. A parameter is a column of all rows, so that a statement has one text, and one plan
/// that is kept, however many there are.
/// </summary>
/// <typeparam name="TEntity">The entity.</typeparam>
internal sealed class PostgreSqlEntityStatements<TEntity>
    where TEntity : class
{
    private readonly IReadOnlyList<EntityColumn<TEntity>> _columns;
    private readonly List<EntityColumn<TEntity>> _changing;
    private readonly string _find;
    private readonly string _insert;
    private readonly string _update;

    /// <summary>Makes the statements.</summary>
    /// <param name="model">The EF Core model.</param>
    /// <param name="lookup">The property by which rows are found and updated.</param>
    /// <param name="changing">The properties that may change once a row is stored.</param>
    public PostgreSqlEntityStatements(IModel model, string lookup, IReadOnlyList<string> changing)
    {
        (var table, _columns) = EntityColumn<TEntity>.ListAll(model);
        var key = _columns.Single(column => column.PropertyName == lookup);
        _changing = [key, .. _columns.Where(column => changing.Contains(column.PropertyName, StringComparer.Ordinal))];
        _find = $"SELECT {Names(_columns)} FROM {table} WHERE {key.Name} = ANY($1)";
        _insert = $"INSERT INTO {table} ({Names(_columns)}) SELECT * FROM unnest({Parameters(_columns)}) ON CONFLICT DO NOTHING";
        _update = $"""
            UPDATE {table} AS stored SET {string.Join(", ", _changing.Skip(1).Select(column => $"{column.Name} = changed.{column.Name}"))}
            FROM unnest({Parameters(_changing)}) AS changed ({Names(_changing)}) WHERE stored.{key.Name} = changed.{key.Name}
            """;
    }

    /// <summary>Finds the entities with one of the values of the property by which they are looked up.</summary>
    public NpgsqlBatchCommand Find(IReadOnlyCollection<string> values, string clauses = "") =>
        new($"{_find} {clauses}") { Parameters = { new NpgsqlParameter { Value = values.ToArray() } } };

    /// <summary>Inserts entities, but for those whose key is there.</summary>
    public NpgsqlBatchCommand Insert(IReadOnlyCollection<TEntity> entities) => Fill(_insert, _columns, entities);

    /// <summary>Writes what may have changed of stored entities.</summary>
    public NpgsqlBatchCommand Update(IReadOnlyCollection<TEntity> entities) => Fill(_update, _changing, entities);

    /// <summary>Reads what <see cref="Find"/> found.</summary>
    public async Task<IReadOnlyList<TEntity>> ReadAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var entities = new List<TEntity>();
        while (await reader.ReadAsync(cancellationToken))
        {
            entities.Add(EntityColumn<TEntity>.Materialize(_columns, position => Read(reader, position)));
        }

        return entities;
    }

    private object? Read(NpgsqlDataReader reader, int position) => reader.IsDBNull(position) ? null
        : _columns[position].Type == typeof(DateTimeOffset) ? reader.GetFieldValue<DateTimeOffset>(position)
        : reader.GetValue(position);

    private static NpgsqlBatchCommand Fill(string sql, IReadOnlyList<EntityColumn<TEntity>> columns, IReadOnlyCollection<TEntity> entities)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var column in columns)
        {
            var values = Array.CreateInstance(column.Type.IsValueType ? typeof(Nullable<>).MakeGenericType(column.Type) : column.Type, entities.Count);
            foreach (var (position, entity) in entities.Index())
            {
                values.SetValue(column.Get(entity), position);
            }

            command.Parameters.Add(new NpgsqlParameter { Value = values });
        }

        return command;
    }

    private static string Names(IEnumerable<EntityColumn<TEntity>> columns) => string.Join(", ", columns.Select(column => column.Name));

    private static string Parameters(IEnumerable<EntityColumn<TEntity>> columns) => string.Join(
        ", ", columns.Select((column, position) => string.Create(CultureInfo.InvariantCulture, $"${position + 1}::{column.StoreType}[]")));
}
