from tortoise import migrations
from tortoise.migrations import operations as ops
from gql_leads.store.models.columns import KeyField
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('leads', '0001_initial')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Account',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('partner', fields.ForeignKeyField('leads.Partner', source_field='partner_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('name', fields.CharField(max_length=400)),
                ('name_key', KeyField(max_length=1600)),
                ('company_key', KeyField(null=True, max_length=1600)),
                ('domain', KeyField(null=True, max_length=254)),
                ('is_person', fields.BooleanField(default=False)),
                ('country', fields.CharField(null=True, max_length=2)),
                ('created_at', fields.BigIntField()),
            ],
            options={'table': 'account', 'app': 'leads', 'indexes': [Index(fields=['partner_id', 'company_key']), Index(fields=['partner_id', 'domain']), Index(fields=['partner_id', 'created_at', 'id'])], 'pk_attr': 'id', 'table_description': 'A customer of a partner: a company, or a person without one.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Activity',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('lead', fields.ForeignKeyField('leads.Lead', source_field='lead_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('partner_id', fields.UUIDField(null=True)),
                ('kind', fields.CharField(max_length=16)),
                ('subject', fields.CharField(max_length=400)),
                ('body', fields.TextField(null=True, unique=False)),
                ('due_at', fields.BigIntField(null=True)),
                ('completed_at', fields.BigIntField(null=True)),
                ('owner', fields.ForeignKeyField('leads.Member', source_field='owner_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('created_at', fields.BigIntField()),
            ],
            options={'table': 'activity', 'app': 'leads', 'indexes': [Index(fields=['lead_id', 'created_at', 'id'])], 'pk_attr': 'id', 'table_description': 'A call, an e-mail, a meeting or a task around a lead, seen by the partner that held it then, and by the vendor.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='AssignmentRule',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('position', fields.IntField()),
                ('name', fields.CharField(max_length=200)),
                ('is_active', fields.BooleanField()),
                ('countries', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('types', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('sources', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('listing_kinds', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('qualities', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('keywords', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('partner', fields.ForeignKeyField('leads.Partner', source_field='partner_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('queue', fields.ForeignKeyField('leads.LeadQueue', source_field='queue_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
            ],
            options={'table': 'assignment_rule', 'app': 'leads', 'pk_attr': 'id', 'table_description': 'One rule. An empty criterion fits everything.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='AssignmentRuleSet',
            fields=[
                ('id', fields.IntField(primary_key=True, unique=True, db_index=True)),
                ('version', fields.IntField()),
            ],
            options={'table': 'assignment_rule_set', 'app': 'leads', 'pk_attr': 'id', 'table_description': 'One row: the version of the rules, which are saved as a whole.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Campaign',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('name', fields.CharField(max_length=200)),
                ('name_key', KeyField(max_length=400)),
                ('code', fields.CharField(max_length=100)),
                ('code_key', KeyField(unique=True, max_length=400)),
                ('starts_on', fields.CharField(null=True, max_length=10)),
                ('ends_on', fields.CharField(null=True, max_length=10)),
                ('created_at', fields.BigIntField()),
            ],
            options={'table': 'campaign', 'app': 'leads', 'pk_attr': 'id', 'table_description': 'Something the vendor runs to win customers.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='CampaignMembership',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('campaign', fields.ForeignKeyField('leads.Campaign', source_field='campaign_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('lead', fields.ForeignKeyField('leads.Lead', source_field='lead_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('joined_at', fields.BigIntField()),
                ('responded', fields.BooleanField(default=False)),
            ],
            options={'table': 'campaign_membership', 'app': 'leads', 'unique_together': (('campaign', 'lead'),), 'pk_attr': 'id', 'table_description': 'A lead of a campaign, and whether the customer responded to it.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Contact',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('partner', fields.ForeignKeyField('leads.Partner', source_field='partner_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('account', fields.ForeignKeyField('leads.Account', source_field='account_id', null=True, db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('first_name', fields.CharField(null=True, max_length=100)),
                ('last_name', fields.CharField(max_length=254)),
                ('title', fields.CharField(null=True, max_length=100)),
                ('email', fields.CharField(null=True, max_length=254)),
                ('email_key', KeyField(null=True, max_length=400)),
                ('phone', fields.CharField(null=True, max_length=50)),
                ('name_key', KeyField(max_length=1600)),
                ('created_at', fields.BigIntField()),
            ],
            options={'table': 'contact', 'app': 'leads', 'indexes': [Index(fields=['partner_id', 'email_key']), Index(fields=['partner_id', 'name_key']), Index(fields=['partner_id', 'created_at', 'id'])], 'pk_attr': 'id', 'table_description': 'A person a partner knows.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='NoteMention',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('note', fields.ForeignKeyField('leads.Note', source_field='note_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('member', fields.ForeignKeyField('leads.Member', source_field='member_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
            ],
            options={'table': 'note_mention', 'app': 'leads', 'unique_together': (('note', 'member'),), 'pk_attr': 'id', 'table_description': 'A member whom a note names.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Opportunity',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('version', fields.IntField()),
                ('partner', fields.ForeignKeyField('leads.Partner', source_field='partner_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('name', fields.CharField(max_length=800)),
                ('name_key', KeyField(max_length=3200)),
                ('account', fields.ForeignKeyField('leads.Account', source_field='account_id', db_index=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('contact', fields.ForeignKeyField('leads.Contact', source_field='contact_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('lead', fields.ForeignKeyField('leads.Lead', source_field='lead_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('stage', fields.CharField(max_length=32)),
                ('amount_minor', fields.BigIntField(null=True)),
                ('amount_currency', fields.CharField(null=True, max_length=3)),
                ('expected_close_date', fields.CharField(null=True, max_length=10)),
                ('owner', fields.ForeignKeyField('leads.Member', source_field='owner_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('created_at', fields.BigIntField()),
                ('updated_at', fields.BigIntField()),
            ],
            options={'table': 'opportunity', 'app': 'leads', 'indexes': [Index(fields=['partner_id', 'created_at', 'id']), Index(fields=['owner_id', 'created_at', 'id'])], 'pk_attr': 'id', 'table_description': 'A sale a partner works on.'},
            bases=['Model'],
        ),
    ]
